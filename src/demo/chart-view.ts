/** One entry of the chart as the service reads it. */
export interface ChartEntry {
  /** `Type/id`, a part of it, or empty for a draft without id. */
  readonly reference: string;
  readonly label: string;
  /** As the record prints it, with its unit. */
  readonly value?: string;
  /** Troponin only: against the laboratory's own limit. */
  readonly verdict?: 'above' | 'within' | 'undecided';
  /** The verdict in words, with the limit. */
  readonly verdictText?: string;
  readonly notes: readonly string[];
  /** Instant (ISO 8601) at which to place it; absent without a date. */
  readonly at?: string;
  /** End of what lasts; the instant of the view for what goes on. */
  readonly until?: string;
  /** Whether `at` is one exact time, not a day. */
  readonly isExact: boolean;
  /** The time in words, with its age. */
  readonly when: string;
  readonly isDraft: boolean;
  readonly isOfEpisode: boolean;
}

export type LaneKind = 'visit' | 'condition' | 'ecg' | 'troponin' | 'order' | 'drug';

/** One kind of entries, and whether there may be more than could be read. */
export interface ChartLane {
  readonly kind: LaneKind;
  readonly title: string;
  readonly isWhole: boolean;
  /** How many there are, that there are none, or that it is not known. */
  readonly words: string;
  readonly entries: readonly ChartEntry[];
}

export interface ChartGap {
  readonly title: string;
  readonly reason: string;
}

/** The chart of one hook call, read by the functions that make the cards. */
export interface ChartView {
  /** ISO 8601. */
  readonly asOf: string;
  readonly age: string;
  /** What the service takes the diagnosis for. */
  readonly scope: string;
  /** ISO 8601; `isKnown` is false where the encounter could not be read, so that the window is only a guess. */
  readonly episode: {
    readonly start: string;
    readonly end: string;
    readonly words: string;
    readonly onset?: string;
    readonly isKnown: boolean;
  };
  readonly lanes: readonly ChartLane[];
  readonly gaps: readonly ChartGap[];
}

export interface DemoPatient {
  readonly id: string;
  readonly name: string;
  readonly gender: string;
  readonly birthDate: string;
  readonly story: string;
  readonly encounterId?: string;
}

/** A FHIR server of the demonstration: the one that works, or one that fails in its own way. */
export interface DemoFhirServer {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly baseUrl: string;
}

/** A data need, for the switches of the page and the words of `basis.gaps`. */
export interface DemoNeed {
  readonly key: string;
  readonly title: string;
}

/** What the page starts with. */
export interface DemoStart {
  readonly patients: readonly DemoPatient[];
  /** The one that works comes first. */
  readonly fhirServers: readonly DemoFhirServer[];
  readonly needs: readonly DemoNeed[];
  /** Words for the reasons of gaps. */
  readonly gapReasons: Readonly<Record<string, string>>;
}
