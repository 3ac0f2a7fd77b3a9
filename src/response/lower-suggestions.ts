import type {
  Action,
  Card,
  CreateAction,
  HookResponse,
  SuggestedServiceRequest,
  Suggestion,
} from '../cds-hooks/types.js';
import { lowerOrder } from '../fhir-versions/lower.js';
import type { FhirVersion } from '../fhir-versions/version.js';

function isCreation({ type }: Action): boolean {
  return type === 'create';
}

/** Whether a response holds resources, so that the client's version matters. */
export function suggestsResources({ cards }: HookResponse): boolean {
  return cards.some(({ suggestions = [] }) => suggestions.some(({ actions }) => actions.some(isCreation)));
}

function isR4Order(resource: CreateAction['resource']): resource is SuggestedServiceRequest {
  return resource.resourceType === 'ServiceRequest' && 'coding' in resource.code;
}

function lowerAction(action: Action, version: FhirVersion): readonly Action[] {
  if (action.type !== 'create' || !isR4Order(action.resource)) return [action];
  const resource = lowerOrder(action.resource, version);
  return resource === undefined ? [] : [{ ...action, resource }];
}

/** A suggestion is all of its actions, or is not made. */
function lowerSuggestion(suggestion: Suggestion, version: FhirVersion): readonly Suggestion[] {
  const actions = suggestion.actions.flatMap((action) => lowerAction(action, version));
  return actions.length < suggestion.actions.length ? [] : [{ ...suggestion, actions }];
}

function lowerCard(card: Card, version: FhirVersion): Card {
  if (card.suggestions === undefined) return card;
  const { suggestions, selectionBehavior, ...rest } = card;
  const lowered = suggestions.flatMap((suggestion) => lowerSuggestion(suggestion, version));
  if (lowered.length === 0) return rest;
  return { ...rest, suggestions: lowered, ...(selectionBehavior !== undefined && { selectionBehavior }) };
}

/** The response with its suggested orders in the client's version; what has no faithful form there is left out. */
export function lowerSuggestions(response: HookResponse, version: FhirVersion): HookResponse {
  if (version === 'R4' || version === 'R4B') return response;
  return { cards: response.cards.map((card) => lowerCard(card, version)) };
}
