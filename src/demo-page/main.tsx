import { render } from 'preact';
import { App } from './app.js';
import { wearTheme } from './theme.js';

wearTheme();
const place = document.getElementById('app');
if (place !== null) render(<App />, place);
