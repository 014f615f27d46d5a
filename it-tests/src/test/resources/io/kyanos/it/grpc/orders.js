// node orders.js serve|ask PORT: what orders.py does.
const grpc = require('@grpc/grpc-js');
const same = bytes => bytes;
const method = (name, requestStream, responseStream) => ({
  path: '/shop.v1.Orders/' + name, requestStream, responseStream,
  requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same,
});
const methods = {
  Get: method('Get', false, false),
  List: method('List', false, true),
  Add: method('Add', true, false),
  Chat: method('Chat', true, true),
};
const x = Buffer.from('x');

function serve(port) {
  const server = new grpc.Server();
  server.addService(methods, {
    Get: (call, done) => {
      console.log('Get');
      const asked = call.request.toString();
      if (/^\d+$/.test(asked)) done({code: Number(asked), details: 'as asked'});
      else if (asked !== 'slow') done(null, call.request);
    },
    List: call => {
      console.log('List');
      for (let i = 0; i < Number(call.request.toString()); i++) call.write(x);
      call.end();
    },
    Add: (call, done) => {
      console.log('Add');
      let got = 0;
      call.on('data', () => { got++; });
      call.on('end', () => done(null, Buffer.from(String(got))));
    },
    Chat: call => {
      console.log('Chat');
      call.on('data', message => call.write(message));
      call.on('end', () => call.end());
      call.on('error', () => {});
    },
  });
  server.bindAsync('127.0.0.1:' + port, grpc.ServerCredentials.createInsecure(), () => console.log('listening'));
}

async function ask(port) {
  const Client = grpc.makeGenericClientConstructor({...methods, Nothing: method('Nothing', false, false)}, 'Orders');
  const client = new Client('127.0.0.1:' + port, grpc.credentials.createInsecure());
  const tell = (name, code, sent, got) => console.log([name, grpc.status[code], sent, got].join(' '));
  const unary = (name, request, metadata, options) => new Promise(done => {
    client[name](Buffer.from(request), metadata, options, error => {
      tell(name, error ? error.code : 0, 1, error ? 0 : 1);
      done();
    });
  });
  const stream = (name, call, sent, cancelAt) => new Promise(done => {
    let got = 0;
    call.on('data', () => { if (++got === cancelAt) call.cancel(); });
    call.on('error', () => {});
    call.on('status', status => { tell(name, status.code, sent, got); done(); });
  });
  const metadata = new grpc.Metadata();
  metadata.set('key-bin', Buffer.from([0x00, 0xff, 0x10]));
  const none = new grpc.Metadata();
  for (let i = 0; i < 5; i++) await unary('Get', 'ok', metadata, {});
  for (let code = 1; code <= 16; code++) await unary('Get', String(code), none, {});
  await stream('List', client.List(Buffer.from('10')), 1);
  await new Promise(done => {
    const call = client.Add(error => { tell('Add', error ? error.code : 0, 10, error ? 0 : 1); done(); });
    for (let i = 0; i < 10; i++) call.write(x);
    call.end();
  });
  let call = client.Chat();
  for (let i = 0; i < 5; i++) call.write(x);
  call.end();
  await stream('Chat', call, 5);
  await unary('Nothing', 'x', none, {});
  await unary('Get', 'slow', none, {deadline: Date.now() + 300});
  call = client.Chat();
  call.write(x);
  call.write(x);
  await stream('Chat', call, 2, 2);
  client.close();
}

process.argv[2] === 'serve' ? serve(process.argv[3]) : ask(process.argv[3]);
