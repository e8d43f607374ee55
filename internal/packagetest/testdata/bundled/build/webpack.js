import webpack from 'webpack';

const { cp } = await import('node:fs/promises');
const stats = await new Promise((resolve, reject) => {
  webpack({ mode: 'production', entry: './main.js', output: { path: `${process.cwd()}/dist/webpack` } }, (error, done) => (error ? reject(error) : resolve(done)));
});
const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
const said = [...errors, ...warnings].filter(({ message }) => !message.includes('asset size limit') && !message.includes('performance'));
if (said.length) throw new Error(said.map(({ message }) => message).join('\n'));
await cp('index.html', 'dist/webpack/index.html');
