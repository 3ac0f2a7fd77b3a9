import { readFileSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// src/README.md's import table; test/boundaries.test.ts enforces it whole, this says it in the editor.
const MAY_IMPORT = JSON.parse(readFileSync(new URL('./src/import-table.json', import.meta.url), 'utf8'));
const FOLDERS = [...Object.keys(MAY_IMPORT), 'commands', 'demo'];

const CLOCK_AND_CHANCE = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'The clock is a parameter.' },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'The clock is a parameter.',
  },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Nothing here is random.' },
];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'data/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 260 }],
    },
  },
  ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: FOLDERS.filter((other) => other !== folder && !allowed.includes(other)).map((other) => ({
            group: [`**/${other}/**`],
          })),
        },
      ],
      'no-restricted-syntax': ['error', ...CLOCK_AND_CHANCE],
    },
  })),
  // The page's one place that looks at the clock.
  { files: ['src/demo-page/clock.ts'], rules: { 'no-restricted-syntax': 'off' } },
  // Express declares its request as an interface; the parser it hands it to asks for the class.
  { files: ['src/http/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' } },
  {
    files: ['test/**/*.ts', 'fixtures/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-unsafe-type-assertion': 'off',
    },
  },
  { files: ['src/knowledge/content-types.ts', 'src/cds-hooks/types.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { Buffer: 'readonly', console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
);
