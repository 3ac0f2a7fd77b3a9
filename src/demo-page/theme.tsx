import { useState } from 'preact/hooks';

const KEY = 'theme';
const THEMES = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

function storedTheme(): string {
  try {
    return localStorage.getItem(KEY) ?? 'auto';
  } catch {
    return 'auto';
  }
}

/** Puts on what was chosen before: call it before anything is shown. */
export function wearTheme(theme = storedTheme()): void {
  document.documentElement.dataset['theme'] = theme;
}

function chooseTheme(theme: string): void {
  wearTheme(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice lasts as long as the page.
  }
}

/** Light or dark: as the system says, unless chosen here. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <label class="theme">
      Colors
      <select
        value={theme}
        onChange={({ currentTarget }) => {
          setTheme(currentTarget.value);
          chooseTheme(currentTarget.value);
        }}
      >
        {THEMES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
