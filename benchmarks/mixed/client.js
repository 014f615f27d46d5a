// A client of mixed.py. Usage: node client.js; reads lines of "PORT PATH" and asks for each, some at a time, over
// connections that it keeps; says "done N" at the end of its input.
'use strict';
const http = require('http');

const agent = new http.Agent({keepAlive: true, maxSockets: 4});
let done = 0;
let open = 1;

function over() {
  if (--open === 0) {
    agent.destroy();
    console.log('done', done);
  }
}

require('readline').createInterface({input: process.stdin}).on('line', line => {
  const [port, path] = line.split(' ');
  open++;
  const request = http.get({agent, host: '127.0.0.1', port, path}, response => {
    response.resume();
    response.on('close', () => {
      done++;
      over();
    });
  });
  request.on('error', error => {
    console.log('error', line, error.message);
    over();
  });
}).on('close', over);
