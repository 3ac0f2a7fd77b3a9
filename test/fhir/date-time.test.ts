import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DAY,
  HOUR,
  MINUTE,
  describeAge,
  describeDuration,
  describeTime,
  liesIn,
  mayLieIn,
  readTime,
  type TimeSpan,
} from '../../src/fhir/date-time.js';

const at = (text: string) => Date.parse(text);

function span(text: string): TimeSpan {
  const read = readTime(text);
  if (read === undefined) throw new Error(`${text} is no time`);
  return read;
}

describe('a full time is one instant', () => {
  test.each([
    ['2026-03-10T10:30:00Z', '2026-03-10T10:30:00.000Z'],
    ['2026-03-10T10:30Z', '2026-03-10T10:30:00.000Z'],
    ['2026-03-10T10:30:00.5Z', '2026-03-10T10:30:00.500Z'],
    ['2026-03-10T10:30:00.123456Z', '2026-03-10T10:30:00.123Z'],
    ['2026-03-10T10:30:00+01:00', '2026-03-10T09:30:00.000Z'],
    ['2026-03-10T10:30:00-05:00', '2026-03-10T15:30:00.000Z'],
    ['2026-03-10T10:30:00+05:45', '2026-03-10T04:45:00.000Z'],
    ['2026-03-10T23:30:00-01:00', '2026-03-11T00:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(readTime(text)).toEqual({ start: at(instant), end: at(instant), text, isPrecise: true });
  });

  test('every instant is read as the platform reads it', () => {
    const instants = fc.date({ min: new Date('0100-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z') });
    fc.assert(
      fc.property(
        instants.filter((date) => !Number.isNaN(date.getTime())),
        (date) => {
          expect(readTime(date.toISOString())?.start).toBe(date.getTime());
        },
      ),
    );
  });
});

describe('without zone it is the day of every zone on earth', () => {
  test.each([
    ['2026-03-10', '2026-03-09T10:00:00Z', '2026-03-11T12:00:00Z'],
    ['2024-02-29', '2024-02-28T10:00:00Z', '2024-03-01T12:00:00Z'],
    ['2026-02', '2026-01-31T10:00:00Z', '2026-03-01T12:00:00Z'],
    ['2026-12', '2026-11-30T10:00:00Z', '2027-01-01T12:00:00Z'],
    ['2026', '2025-12-31T10:00:00Z', '2027-01-01T12:00:00Z'],
    ['2026-03-10T10:30:00', '2026-03-09T20:30:00Z', '2026-03-10T22:30:00Z'],
    ['2026-03-10T10:30', '2026-03-09T20:30:00Z', '2026-03-10T22:30:00Z'],
  ])('%s is from %s to %s', (text, start, end) => {
    expect(readTime(text)).toEqual({ start: at(start), end: at(end), text, isPrecise: false });
  });

  test.each(['2026-03-10T00:00:00+14:00', '2026-03-10T23:59:59-12:00', '2026-03-10T12:00:00Z'])(
    'the day 2026-03-10 holds %s',
    (text) => {
      expect(liesIn(span(text), span('2026-03-10'))).toBe(true);
    },
  );
});

describe('what is no time', () => {
  test.each([
    ['2026-02-29'],
    ['2026-02-30T10:00:00Z'],
    ['2026-04-31'],
    ['2026-13-01'],
    ['2026-00'],
    ['2026-03-00'],
    ['2026-03-10T25:00:00Z'],
    ['2026-03-10T10:60:00Z'],
    ['2026-03-10T10:30:61Z'],
    ['2026-03-10T10Z'],
    ['2026-03-10 10:30:00Z'],
    ['2026-03-10T10:30:00z'],
    ['2026-03-10T10:30:00+0100'],
    ['2026-3-10'],
    ['10.03.2026'],
    ['03/10/2026'],
    [' 2026-03-10'],
    ['2026-03-10\n'],
    ['26-03-10'],
    ['today'],
    [''],
    [20260310],
    [null],
    [undefined],
    [{}],
    [['2026-03-10']],
  ])('%j', (value) => {
    expect(readTime(value)).toBeUndefined();
  });
});

describe('a span against an interval', () => {
  test.each([
    ['2026-03-10T10:00:00Z', true, true],
    ['2026-03-10T12:00:00Z', true, true],
    ['2026-03-10T09:59:59Z', false, false],
    ['2026-03-10T12:00:01Z', false, false],
    ['2026-03-10', true, false],
    ['2026-03-10T11:00:00', true, false],
    ['2026-03-08', false, false],
    ['2026-03-09', true, false],
    ['2026-03-12', false, false],
  ])('%s: may lie in 10:00 to 12:00 %s, surely does %s', (text, may, surely) => {
    const interval = { start: at('2026-03-10T10:00:00Z'), end: at('2026-03-10T12:00:00Z') };
    expect([mayLieIn(span(text), interval), liesIn(span(text), interval)]).toEqual([may, surely]);
  });
});

describe('in words', () => {
  test.each([
    [0, '0 min'],
    [59_999, '0 min'],
    [40 * MINUTE, '40 min'],
    [HOUR, '1 h'],
    [2 * HOUR + 50 * MINUTE, '2 h 50 min'],
    [47 * HOUR + 59 * MINUTE, '47 h 59 min'],
    [2 * DAY, '2 days'],
    [12.9 * DAY, '12 days'],
    [729 * DAY, '729 days'],
    [731 * DAY, '2 years'],
    [1096 * DAY, '3 years'],
    [-3 * HOUR, '3 h'],
  ])('%d ms last %s', (milliseconds, words) => {
    expect(describeDuration(milliseconds)).toBe(words);
  });

  test.each([
    ['2026-03-10T10:30:00Z', '2026-03-10 10:30 UTC'],
    ['2026-03-10T10:30:59.999Z', '2026-03-10 10:30 UTC'],
    ['2026-03-10T10:30:00+00:00', '2026-03-10 10:30 UTC'],
    ['2026-03-10T10:30:00-05:00', '2026-03-10 10:30 -05:00'],
    ['2026-03-10T10:30:00', '2026-03-10 10:30 (zone not recorded)'],
    ['2026-03-10', '2026-03-10'],
    ['2026-03', '2026-03'],
  ])('%s is written %s', (text, words) => {
    expect(describeTime(span(text))).toBe(words);
  });

  test.each([
    ['2026-03-10T10:30:00Z', '1 h 30 min ago'],
    ['2026-03-10T12:00:00Z', '0 min ago'],
    ['2026-03-10T12:00:01Z', 'in the future'],
    ['2026-03-10T06:00:00-05:00', '1 h ago'],
    ['2026-03-10', 'today'],
    ['2026-03-09', 'yesterday'],
    ['2026-03-08', '2 days ago'],
    ['2026-03-07', '3 days ago'],
    ['2026-03-11', 'in the future'],
    ['2026-03-10T23:59:00', 'today'],
    ['2023-01-01', '3 years ago'],
  ])('at noon of 2026-03-10, %s is %s', (text, words) => {
    expect(describeAge(span(text), at('2026-03-10T12:00:00Z'))).toBe(words);
  });

  test.each([
    ['clocks go forward', '2026-03-08T01:30:00-05:00', '2026-03-08T03:30:00-04:00', '1 h ago'],
    ['clocks go back', '2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00', '1 h ago'],
    ['a day of 23 hours', '2026-03-07T12:00:00-05:00', '2026-03-08T12:00:00-04:00', '23 h ago'],
    ['two zones', '2026-03-10T10:00:00+01:00', '2026-03-10T10:00:00Z', '1 h ago'],
  ])('intervals are measured between instants: %s', (_, earlier, later, words) => {
    expect(describeAge(span(earlier), span(later).start)).toBe(words);
  });
});

describe('times whose parts no record can mean', () => {
  test.each([
    ['a year below 100 is that year or none, never one of the 1900s', '0050-01-01'],
    ['a zone no place on earth has', '2026-03-10T10:00:00+99:00'],
    ['an hour after 24:00', '2026-03-10T24:59:00Z'],
  ])('%s', (_, text) => {
    expect(readTime(text)).toBeUndefined();
  });
});
