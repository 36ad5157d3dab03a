// Does with the JavaScript SDK what JSON lines on standard input ask for; several requests may run at once.

import { createInterface } from "node:readline";

import { ServiceBusClient } from "@azure/service-bus";
import Long from "long"; // what the SDK itself takes sequence numbers as

const client = new ServiceBusClient(process.argv[2], { retryOptions: { maxRetries: 0, timeoutInMs: 8000 } });
const senders = new Map();
const receivers = new Map();
const messages = new Map();

const seconds = (date) => (date ? date.getTime() / 1000 : null);
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

function sender(entity) {
  if (!senders.has(entity)) senders.set(entity, client.createSender(entity));
  return senders.get(entity);
}

function outgoing(fields) {
  return {
    body: Buffer.from(fields.body, "base64"),
    applicationProperties: fields.properties,
    messageId: fields.message_id,
    correlationId: fields.correlation_id,
    subject: fields.subject,
    contentType: fields.content_type,
    to: fields.to,
    replyTo: fields.reply_to,
    replyToSessionId: fields.reply_to_session_id,
    partitionKey: fields.partition_key,
    sessionId: fields.session_id,
    timeToLive: fields.ttl === undefined ? undefined : fields.ttl * 1000,
  };
}

function received(message) {
  return {
    body: base64(message.body),
    properties: message.applicationProperties ?? {},
    message_id: message.messageId,
    correlation_id: message.correlationId,
    subject: message.subject,
    content_type: message.contentType,
    to: message.to,
    reply_to: message.replyTo,
    reply_to_session_id: message.replyToSessionId,
    partition_key: message.partitionKey,
    session_id: message.sessionId,
    ttl: message.timeToLive === undefined ? null : message.timeToLive / 1000,
    delivery_count: message.deliveryCount,
    number: message.sequenceNumber.toNumber(),
    enqueued_at: seconds(message.enqueuedTimeUtc),
    expires_at: seconds(message.expiresAtUtc),
    reason: message.deadLetterReason ?? null,
    description: message.deadLetterErrorDescription ?? null,
    token: message.lockToken ?? null,
  };
}

function noted(found) {
  for (const message of found) messages.set(message.lockToken, message);
  return found.map(received);
}

const operations = {
  async open({ name, entity, subscription, session, dead_letter, deletes }) {
    const options = {
      receiveMode: deletes ? "receiveAndDelete" : "peekLock",
      subQueueType: dead_letter ? "deadLetter" : undefined,
      maxAutoLockRenewalDurationInMs: 0,
      skipParsingBodyAsJson: true,
    };
    const path = subscription === undefined ? [entity] : [entity, subscription];
    if (session === undefined) {
      receivers.set(name, client.createReceiver(...path, options));
      return {};
    }
    const receiver = session
      ? await client.acceptSession(...path, session, options)
      : await client.acceptNextSession(...path, options);
    receivers.set(name, receiver);
    return { session_id: receiver.sessionId, locked_until: seconds(receiver.sessionLockedUntilUtc) };
  },
  async close({ name }) {
    const receiver = receivers.get(name);
    receivers.delete(name);
    await receiver.close();
  },
  async send({ entity, messages }) {
    const ready = messages.map(outgoing);
    await sender(entity).sendMessages(ready.length > 1 ? ready : ready[0]);
  },
  async schedule({ entity, messages, at }) {
    const numbers = await sender(entity).scheduleMessages(messages.map(outgoing), new Date(at * 1000));
    return numbers.map((number) => number.toNumber());
  },
  cancel: ({ entity, numbers }) => sender(entity).cancelScheduledMessages(numbers.map((each) => Long.fromNumber(each))),
  async receive({ name, count, wait }) {
    return noted(await receivers.get(name).receiveMessages(count, { maxWaitTimeInMs: wait * 1000 }));
  },
  async deferred({ name, numbers }) {
    return noted(await receivers.get(name).receiveDeferredMessages(numbers.map((each) => Long.fromNumber(each))));
  },
  async peek({ name, count, start }) {
    const options = { fromSequenceNumber: Long.fromNumber(start), omitMessageBody: false };
    return (await receivers.get(name).peekMessages(count, options)).map(received);
  },
  complete: ({ name, token }) => receivers.get(name).completeMessage(messages.get(token)),
  abandon: ({ name, token }) => receivers.get(name).abandonMessage(messages.get(token)),
  defer: ({ name, token }) => receivers.get(name).deferMessage(messages.get(token)),
  dead_letter: ({ name, token, reason, description }) =>
    receivers.get(name).deadLetterMessage(messages.get(token), {
      deadLetterReason: reason,
      deadLetterErrorDescription: description,
    }),
  renew: async ({ name, token }) => seconds(await receivers.get(name).renewMessageLock(messages.get(token))),
  renew_session: async ({ name }) => seconds(await receivers.get(name).renewSessionLock()),
  async state({ name }) {
    const state = await receivers.get(name).getSessionState();
    return state === null || state === undefined ? null : base64(state);
  },
  set_state: ({ name, state }) => receivers.get(name).setSessionState(state === null ? null : Buffer.from(state, "base64")),
};

async function answer(line) {
  const { id, operation, arguments: given } = JSON.parse(line);
  let response;
  try {
    response = { result: (await operations[operation](given)) ?? null };
  } catch (error) {
    response = { error: { kind: error.code ?? error.name, text: error.message } };
  }
  console.log(JSON.stringify({ id, ...response }));
}

const lines = createInterface({ input: process.stdin });
lines.on("line", answer);
lines.on("close", async () => {
  await client.close();
  process.exit(0);
});
