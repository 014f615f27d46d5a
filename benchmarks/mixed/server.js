// One of the servers of mixed.py. Usage: node server.js PORT
// Prints a line per request when it is over: METHOD PATH STATUS finished|cut|left, "-" for a status that was not sent.
'use strict';
const http = require('http');

const STATUS = {'/broken': 500, '/busy': 503, '/denied': 403};
const messages = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiGET /inside HTTP/1.1\r\nHost: mixed\r\n\r\n');

function text(size) { // in which messages seem to stand
  const bytes = Buffer.alloc(size, 'lorem ipsum ');
  for (let at = 0; at + messages.length < size; at += 20000) {
    messages.copy(bytes, at);
  }
  return bytes;
}

function answer(response, status, body) {
  response.writeHead(status, {'Content-Type': 'application/json', 'Content-Length': body.length});
  response.end(body);
}

function stream(response, pieces, size, pause) {
  if (response.destroyed) {
    return;
  }
  if (pieces === 0) {
    response.end();
    return;
  }
  response.write(text(size));
  setTimeout(stream, pause, response, pieces - 1, size, pause);
}

http.createServer((request, response) => {
  const url = new URL(request.url, 'http://mixed');
  const number = name => Number(url.searchParams.get(name));
  let cut = false;
  response.on('close', () => {
    const how = cut ? 'cut' : response.writableFinished ? 'finished' : 'left';
    console.log(request.method, url.pathname, response.headersSent ? response.statusCode : '-', how);
  });
  request.resume();
  if (url.pathname.startsWith('/stream/')) {
    if (url.pathname.endsWith('/closing')) {
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
    }
    response.writeHead(200, {'Content-Type': 'text/event-stream'});
    stream(response, number('pieces'), number('size'), number('pause'));
  } else if (url.pathname === '/cut/server') {
    response.writeHead(200, {'Content-Length': 100000});
    response.write(text(30000), () => {
      cut = true;
      response.socket.destroy();
    });
  } else if (url.pathname === '/cut/client') {
    response.writeHead(200);
    response.end(text(20000000));
  } else if (url.pathname === '/never') {
    // the client leaves
  } else if (url.pathname === '/upload') {
    request.on('end', () => answer(response, 201, '{}'));
  } else if (url.pathname in STATUS) {
    answer(response, STATUS[url.pathname], '{"error":"as always"}');
  } else if (/^\/(missing|[a-z]+\/missing)/.test(url.pathname)) {
    answer(response, 404, '{"error":"missing"}');
  } else {
    answer(response, request.method === 'POST' ? 201 : 200, '{"path":"' + url.pathname + '"}');
  }
}).listen(Number(process.argv[2]), '127.0.0.1');
