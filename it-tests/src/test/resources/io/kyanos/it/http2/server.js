// node server.js PORT: answers what http2.go answers.
const server = require('http2').createServer();
server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  stream.resume();
  stream.respond({':status': headers[':path'].endsWith('/nothing') ? 404 : 200});
  stream.end('hello');
});
server.listen(Number(process.argv[2]), '127.0.0.1');
