FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0 TF_DATA_DIR=/data
WORKDIR /app
# A volume mounted on /data takes over this owner; everything else may be read-only.
RUN mkdir /data && chown node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY cards ./cards
COPY fixtures/fhir-server ./fixtures/fhir-server
USER node
EXPOSE 3000
CMD ["node", "dist/main.js"]
