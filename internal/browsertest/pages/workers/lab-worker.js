// The package's worker, watched.
import './lab.js';
import '/pkcewasm/worker.js';
