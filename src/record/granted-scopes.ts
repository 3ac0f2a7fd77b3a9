/** `patient/Observation.read` (SMART 1), `patient/Observation.rs?category=laboratory` (SMART 2). */
const RESOURCE_SCOPE = /^(?:patient|user|system)\/([A-Za-z]+|\*)\.(read|write|\*|[cruds]+)(\?.*)?$/;

function mayBeSearched([, , permission = '', restriction]: RegExpExecArray): boolean {
  const isGranted = permission === '*' || permission === 'read' || (permission !== 'write' && permission.includes('s'));
  // SMART 2.0 §Finer-grained resource constraints: a server leaves out what such a scope does not cover, and says nothing.
  return isGranted && restriction === undefined;
}

/**
 * Whether a token of this scope, as `fhirAuthorization` names it, sees everything of a type in a search. A scope that
 * names no resources says nothing: the server decides.
 */
export function grantsSearch(scope: string | undefined, resourceType: string): boolean {
  const scopes = (scope ?? '').split(/\s+/).map((one) => RESOURCE_SCOPE.exec(one));
  const granted = scopes.filter((one) => one !== null);
  if (granted.length === 0) return true;
  return granted.some((one) => (one[1] === resourceType || one[1] === '*') && mayBeSearched(one));
}
