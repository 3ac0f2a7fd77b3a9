import { useEffect, useState } from 'preact/hooks';

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

function storeTheme(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice lasts as long as the page.
  }
}

/** Light or dark: as the system says, unless chosen here. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    storeTheme(theme);
  }, [theme]);
  return (
    <label class="theme">
      Colours
      <select
        value={theme}
        onChange={({ currentTarget }) => {
          setTheme(currentTarget.value);
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
