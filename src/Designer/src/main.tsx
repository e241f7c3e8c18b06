import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { loadLanguage } from './i18n';
import './styles/index.css';
import { applyTheme } from './theme';

applyTheme();
await loadLanguage();
const place = document.getElementById('app');
if (place === null) throw new Error('index.html has no #app.');
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
