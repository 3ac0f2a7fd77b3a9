import { useState } from 'preact/hooks';
import type { Card, OverrideReason } from '../cds-hooks/types.js';

interface Props {
  readonly card: Card;
  readonly onDismiss: (reason: OverrideReason | undefined, comment: string) => void;
}

interface FieldProps {
  readonly id: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function ReasonField({ id, value, onValue, reasons }: FieldProps & { readonly reasons: readonly OverrideReason[] }) {
  return (
    <div class="field">
      <label for={id}>Reason</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => {
          onValue(currentTarget.value);
        }}
      >
        <option value="">No reason given</option>
        {reasons.map(({ code, display }) => (
          <option key={code} value={code}>
            {display}
          </option>
        ))}
      </select>
    </div>
  );
}

function CommentField({ id, value, onValue }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>Comment (optional, nothing that names the patient)</label>
      <textarea
        id={id}
        rows={2}
        maxLength={500}
        value={value}
        onInput={({ currentTarget }) => {
          onValue(currentTarget.value);
        }}
      />
    </div>
  );
}

/** The menu of reasons for setting a card aside, with room for a comment. */
export function SetAside({ card: { uuid, overrideReasons = [] }, onDismiss }: Props) {
  const [code, setCode] = useState('');
  const [comment, setComment] = useState('');
  const chosen = overrideReasons.find((reason) => reason.code === code);
  return (
    <details class="aside">
      <summary>Set aside…</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDismiss(chosen, comment);
        }}
      >
        <ReasonField id={`reason-${uuid}`} value={code} onValue={setCode} reasons={overrideReasons} />
        <CommentField id={`comment-${uuid}`} value={comment} onValue={setComment} />
        <button type="submit">Set the card aside</button>
      </form>
    </details>
  );
}
