using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "edge.mjs", esModule = embed "dist/edge.mjs"),
        (name = "pkce.slim.wasm", wasm = embed "node_modules/pkcewasm/pkce.slim.wasm"),
      ],
      compatibilityDate = "2026-01-01",
      bindings = [(name = "ISSUER", text = embed "dist/issuer.txt"), (name = "SERVICES", text = embed "dist/services.txt")],
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["private"])),
  ],
);
