// On a static host, a provider for the demo alone: it lets anybody in.
import '/pkcewasm/testing-worker.js';
