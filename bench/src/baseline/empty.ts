// The floor: a Fastify server that reads a click's body and answers 202, and does nothing else.
import Fastify from 'fastify';

// Whoever started us is gone.
process.once('disconnect', () => process.exit(0));
const app = Fastify();
const REPLY = JSON.stringify({
  success: true,
  click_id: '00000000-0000-4000-8000-000000000000',
  is_duplicate: false,
});
app.post('/api/v1/clicks', (_request, reply) => {
  reply.code(202).type('application/json; charset=utf-8').send(REPLY);
});
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`ready: ${(app.server.address() as { port: number }).port}`);
