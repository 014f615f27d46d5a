// node client.js PORT: one session. For each line "FIRST COUNT KIND" of its input COUNT requests, ten at a time, numbered
// from FIRST: of KIND new each with a path of its own, of same with one of three. Every fourth is a POST.
const http2 = require('http2');
const session = http2.connect('http://127.0.0.1:' + process.argv[2]);
const path = (i, kind) => (kind === 'new' ? '/users/' + i : ['/users', '/orders', '/nothing'][i % 3]);

function ask(line) {
  const [first, count, kind] = line.split(' ');
  const statuses = {};
  const end = Number(first) + Number(count);
  let next = Number(first);
  let open = 0;
  const more = () => {
    while (open < 10 && next < end) {
      const i = next++;
      const post = i % 4 === 3;
      open++;
      const request = session.request(
        {':method': post ? 'POST' : 'GET', ':path': path(i, kind)}, {endStream: !post});
      request.on('response', headers => {
        statuses[headers[':status']] = (statuses[headers[':status']] || 0) + 1;
      });
      request.on('error', error => console.error(error));
      request.on('close', () => { open--; more(); });
      request.resume();
      if (post) request.end('x'.repeat(100));
    }
    if (open === 0) {
      console.log('done ' + line + Object.keys(statuses).sort().map(s => ' ' + s + '=' + statuses[s]).join(''));
    }
  };
  more();
}

session.on('connect', () => console.log('ready'));
require('readline').createInterface({input: process.stdin}).on('line', ask).on('close', () => session.close());
