import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Session } from './session.jsx';

createRoot(document.getElementById('root')).render(<StrictMode><Session /></StrictMode>);
