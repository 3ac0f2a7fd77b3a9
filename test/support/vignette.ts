import type { JsonObject } from '../../src/fhir/json.js';
import { applyVignette, loadStories, type Vignette } from '../../src/what-if/vignette.js';

export { referenceTo, type Fault, type Vignette } from '../../src/what-if/vignette.js';

const FOLDER = new URL('../../fixtures/esophageal-spasm/', import.meta.url).pathname;

export function loadVignettes(): readonly Vignette[] {
  return loadStories(FOLDER).vignettes;
}

export function baseChart(): readonly JsonObject[] {
  return loadStories(FOLDER).base;
}

/** The base chart with the vignette's differences. */
export function chartOf(vignette: Pick<Vignette, 'chart'>): readonly JsonObject[] {
  return applyVignette(baseChart(), vignette);
}
