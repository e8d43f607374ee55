'use client';
// pkcewasm/react: the state of a client for components. No JSX, so that there is nothing to build.

import { createContext, createElement, useContext, useEffect, useRef, useState } from 'react';
import { configError } from './errors.js';
import { LOADING, watchClient } from './watch.js';

/** @import { AuthProviderProps } from './react.d.ts' */
/** @import { AuthState } from './state.d.ts' */

const Context = createContext(/** @type {AuthState | undefined} */ (undefined));

/** @param {AuthProviderProps} props */
export function AuthProvider({ config, onSignedIn, children }) {
  const [state, setState] = useState(LOADING);
  const first = useRef(config); // one that is written into the element is a new object each time
  const listener = useRef(onSignedIn);
  useEffect(() => { listener.current = onSignedIn; });
  useEffect(() => watchClient(first.current, setState, (result) => listener.current?.(result)), []);
  return createElement(Context.Provider, { value: state }, children);
}

/** @returns {AuthState} */
export function useAuth() {
  const state = useContext(Context);
  if (!state) throw configError('useAuth', 'must be called below an AuthProvider');
  return state;
}
