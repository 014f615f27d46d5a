// Answers piece by piece, as its standard input tells. Usage: node told.js PORT
//
// GET /stream?as=chunks|close|length   the head at once; then for each line of input, to every stream that is open:
//   "piece N" writes N bytes, "end" ends the answer, "cut" closes the connection; length=N announces so many bytes
// GET /writes?size=N&count=N           so many writes of N bytes, together
// GET /status/NNN                      that status, its path as body
// POST anything                        201, once the body is whole; "cut" closes the connection before
// Says of each request when it is over: "METHOD PATH STATUS finished|cut BYTES", of its answer on the wire.
'use strict';
const http = require('http');

const messages = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiGET /inside HTTP/1.1\r\nHost: it\r\n\r\n');
const waiting = new Set();

function piece(size) { // text that looks like messages
  const bytes = Buffer.alloc(size, 'abcdefgh ');
  for (let at = 0; at + messages.length < size; at += 20000) {
    messages.copy(bytes, at);
  }
  return bytes;
}

function handle(request, response) {
  const url = new URL(request.url, 'http://it');
  const before = request.socket.bytesWritten;
  response.on('close', () => {
    waiting.delete(response);
    const how = response.writableFinished ? 'finished' : 'cut';
    const bytes = request.socket.bytesWritten - before;
    console.log(`${request.method} ${url.pathname} ${response.statusCode} ${how} ${bytes}`);
  });
  if (request.method === 'POST') {
    waiting.add(response);
    request.on('data', () => console.log('upload comes')).on('end', () => {
      response.writeHead(201, {'Content-Length': 0});
      response.end();
    });
  } else if (url.pathname === '/stream') {
    const as = url.searchParams.get('as');
    if (as === 'close') {
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
    }
    response.writeHead(200, as === 'length' ? {'Content-Length': url.searchParams.get('length')} : {});
    response.flushHeaders();
    waiting.add(response);
  } else if (url.pathname === '/writes') {
    response.writeHead(200);
    for (let left = Number(url.searchParams.get('count')); left > 0; left--) {
      response.write(piece(Number(url.searchParams.get('size'))));
    }
    response.end();
  } else {
    response.writeHead(Number(url.pathname.split('/')[2]), {'Content-Length': url.pathname.length});
    response.end(url.pathname);
  }
}

require('readline').createInterface({input: process.stdin}).on('line', line => {
  const [what, size] = line.split(' ');
  for (const response of waiting) {
    if (what === 'piece') {
      response.write(piece(Number(size)));
    } else if (what === 'end') {
      response.end();
    } else {
      response.socket.destroy();
    }
  }
});
const server = http.createServer(handle);
server.keepAliveTimeout = 0;
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
