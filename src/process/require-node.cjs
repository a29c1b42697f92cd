// npm scripts load this first (`node -r`). It is old plain JavaScript, because an old Node cannot read TypeScript and says only
// ERR_UNKNOWN_FILE_EXTENSION. Node 24.0 to 24.2 have no import.meta.main: they would do nothing and exit with 0.
const needed = [24, 3];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `prefect-auth needs Node ${needed.join('.')} or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer Node, or run `npm ci --include=dev`: it brings a Node of its own, which the npm scripts use.\n',
  );
  process.exit(1);
}
