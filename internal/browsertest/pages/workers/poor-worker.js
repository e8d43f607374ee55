// The package's worker on a poor platform.
import './poor.js';
import '/pkcewasm/worker.js';
