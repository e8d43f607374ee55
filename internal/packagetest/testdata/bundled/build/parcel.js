import { Parcel } from '@parcel/core';

await new Parcel({
  entries: 'index.html', defaultConfig: '@parcel/config-default', mode: 'production', shouldDisableCache: true,
  defaultTargetOptions: { distDir: 'dist/parcel', publicUrl: './' },
}).run();
