// The official TypeScript client publishes a package and plays with it: calls, events, dynamic fields, simulation, streams.
//
// node package.mjs <rpc url> <faucet url> <package.json>     the package as {"modules": [base64], "dependencies": [id]}
//
// Prints what it did; exits with 1 at the first surprise.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { requestSuiFromFaucetV2 } from '@mysten/sui/faucet';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { fromBase64, normalizeSuiAddress } from '@mysten/sui/utils';

const [baseUrl, host, file] = process.argv.slice(2);
const client = new SuiGrpcClient({ network: 'localnet', baseUrl });
const signer = Ed25519Keypair.generate();
const sender = signer.toSuiAddress();

async function step(name, run) {
	const result = await run();
	console.log(`ok ${name}`);
	return result;
}

/** Signs and executes what `build` puts into a transaction; fails unless it succeeds. */
async function execute(build) {
	const transaction = new Transaction();
	build(transaction);
	const include = { effects: true, events: true, objectTypes: true };
	const result = await client.signAndExecuteTransaction({ transaction, signer, include });
	assert.equal(result.$kind, 'Transaction', JSON.stringify(result.FailedTransaction?.status));
	await client.waitForTransaction({ digest: result.Transaction.digest });
	return result.Transaction;
}

/** The id of the object of this type that a transaction created. */
function created({ effects, objectTypes }, type) {
	const ids = effects.changedObjects.filter(({ idOperation }) => idOperation === 'Created').map(({ objectId }) => objectId);
	return ids.find((id) => objectTypes[id] === type);
}

await requestSuiFromFaucetV2({ host, recipient: sender });

const packageId = await step('a package is published', async () => {
	const { modules, dependencies } = JSON.parse(readFileSync(file, 'utf8'));
	const published = await execute((transaction) => {
		transaction.transferObjects([transaction.publish({ modules, dependencies })], sender);
	});
	const written = published.effects.changedObjects.find(({ outputState }) => outputState === 'PackageWrite');
	assert.ok(written);
	return written.objectId;
});

await step('its functions describe themselves', async () => {
	const { function: described } = await client.getMoveFunction({ packageId, moduleName: 'things', name: 'set' });
	assert.equal(described.visibility, 'public');
	assert.equal(described.parameters.length, 2);
	assert.equal(described.parameters[0].reference, 'mutable');
	assert.equal(described.parameters[1].body.$kind, 'u64');
	await assert.rejects(client.getMoveFunction({ packageId, moduleName: 'things', name: 'nothing' }), /not found/);
});

const thing = await step('a function is called and its object is there', async () => {
	const executed = await execute((transaction) => {
		const made = transaction.moveCall({ target: `${packageId}::things::new`, arguments: [transaction.pure.u64(7)] });
		transaction.transferObjects([made], sender);
	});
	const id = created(executed, `${packageId}::things::Thing`);
	const { object } = await client.getObject({ objectId: id, include: { json: true } });
	assert.equal(object.json.value, '7');
	return id;
});

const changes = await step('events come with the transaction', async () => {
	const digests = [];
	for (const value of [8, 9, 10]) {
		const executed = await execute((transaction) => {
			transaction.moveCall({
				target: `${packageId}::things::set`,
				arguments: [transaction.object(thing), transaction.pure.u64(value)],
			});
		});
		const [event] = executed.events;
		assert.equal(event.eventType, `${packageId}::things::Changed`);
		assert.deepEqual(event.json, { id: thing, from: String(value - 1), to: String(value) });
		digests.push(executed.digest);
	}
	return digests;
});

await step('events are listed by type, module and sender, in pages and backwards', async () => {
	const filter = { eventType: `${packageId}::things::Changed` };
	const first = await client.listEvents({ filter, limit: 2 });
	assert.deepEqual(first.events.map(({ transactionDigest }) => transactionDigest), changes.slice(0, 2));
	assert.equal(first.hasNextPage, true);
	const second = await client.listEvents({ filter, limit: 2, after: first.endCursor });
	assert.deepEqual(second.events.map(({ transactionDigest }) => transactionDigest), changes.slice(2));
	assert.equal(second.hasNextPage, false);
	const [last] = (await client.listEvents({ filter, limit: 1, order: 'descending' })).events;
	assert.deepEqual([last.transactionDigest, last.eventIndex, last.json.to], [changes[2], 0, '10']);
	for (const other of [{ emitModule: `${packageId}::things` }, { eventType: `${packageId}::things` }, { sender }]) {
		assert.equal((await client.listEvents({ filter: other })).events.length, 3);
	}
	assert.equal((await client.listEvents({ filter: { emitModule: `${packageId}::fields` } })).events.length, 0);
});

await step('transactions are listed by function and sender', async () => {
	const called = await client.listTransactions({ filter: { function: `${packageId}::things::set` } });
	assert.deepEqual(called.transactions.map(({ Transaction: { digest } }) => digest), changes);
	const mine = await client.listTransactions({ filter: { sender }, limit: 2 });
	assert.equal(mine.transactions.length, 2);
	const rest = await client.listTransactions({ filter: { sender }, after: mine.endCursor });
	assert.deepEqual(rest.transactions.slice(-3).map(({ Transaction: { digest } }) => digest), changes);
});

await step('dynamic fields are listed and read', async () => {
	const executed = await execute((transaction) => {
		const parent = transaction.moveCall({ target: `${packageId}::fields::new` });
		for (const [key, value] of [[1, 10], [2, 20], [3, 30]]) {
			transaction.moveCall({
				target: `${packageId}::fields::add`,
				arguments: [parent, transaction.pure.u64(key), transaction.pure.u64(value)],
			});
		}
		transaction.transferObjects([parent], sender);
	});
	const parentId = created(executed, `${packageId}::fields::Parent`);
	const page = await client.listDynamicFields({ parentId, limit: 2 });
	assert.deepEqual([page.dynamicFields.length, page.hasNextPage], [2, true]);
	const rest = await client.listDynamicFields({ parentId, limit: 2, cursor: page.cursor });
	assert.deepEqual([rest.dynamicFields.length, rest.hasNextPage], [1, false]);
	const name = { type: 'u64', bcs: Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0) };
	const { dynamicField } = await client.getDynamicField({ parentId, name });
	assert.equal(dynamicField.value.type, 'u64');
	assert.deepEqual([...dynamicField.value.bcs], [20, 0, 0, 0, 0, 0, 0, 0]);
});

await step('a simulation returns values and events and changes nothing', async () => {
	const transaction = new Transaction();
	transaction.setSender(sender);
	const object = transaction.object(thing);
	transaction.moveCall({ target: `${packageId}::things::set`, arguments: [object, transaction.pure.u64(99)] });
	transaction.moveCall({ target: `${packageId}::things::value`, arguments: [object] });
	const include = { commandResults: true, events: true };
	const result = await client.simulateTransaction({ transaction, include });
	assert.equal(result.$kind, 'Transaction', JSON.stringify(result.FailedTransaction?.status));
	assert.deepEqual([...result.commandResults[1].returnValues[0].bcs], [99, 0, 0, 0, 0, 0, 0, 0]);
	assert.equal(result.Transaction.events[0].json.to, '99');
	const { object: after } = await client.getObject({ objectId: thing, include: { json: true } });
	assert.equal(after.json.value, '10');
});

await step('events and transactions stream by filter', async () => {
	const abort = new AbortController();
	const literal = (predicate) => ({ terms: [{ literals: [{ negated: false, predicate }] }] });
	const events = client.subscriptionService.subscribeEvents(
		{
			readMask: { paths: ['*'] },
			filter: literal({ oneofKind: 'eventType', eventType: { eventType: `${packageId}::things` } }),
		},
		{ abort: abort.signal },
	);
	const transactions = client.subscriptionService.subscribeTransactions(
		{
			readMask: { paths: ['digest', 'checkpoint'] },
			filter: literal({ oneofKind: 'affectedObject', affectedObject: { objectId: thing } }),
		},
		{ abort: abort.signal },
	);
	await Promise.all([events.headers, transactions.headers]);
	const { digest } = await execute((transaction) => {
		transaction.moveCall({
			target: `${packageId}::things::set`,
			arguments: [transaction.object(thing), transaction.pure.u64(11)],
		});
	});
	for await (const { event, watermark } of events.responses) {
		assert.ok(watermark.cursor.length > 0);
		if (event) {
			assert.deepEqual([event.transactionDigest, event.eventIndex], [digest, 0]);
			break;
		}
	}
	for await (const { transaction } of transactions.responses) {
		if (transaction) {
			assert.equal(transaction.digest, digest);
			break;
		}
	}
	for (const call of [events, transactions]) {
		call.status.catch(() => {});
		call.trailers.catch(() => {});
	}
	abort.abort();
});

await step('a signature is verified by the node', async () => {
	const message = new TextEncoder().encode('hello');
	const { signature } = await signer.signPersonalMessage(message);
	const verify = async (text) => {
		const { response } = await client.signatureVerificationService.verifySignature({
			message: { name: 'PersonalMessage', value: Uint8Array.of(text.length, ...new TextEncoder().encode(text)) },
			signature: { bcs: { value: fromBase64(signature) }, signature: { oneofKind: undefined } },
			address: sender,
			jwks: [],
		});
		return response.isValid;
	};
	assert.equal(await verify('hello'), true);
	assert.equal(await verify('hallo'), false);
});

await step('a name that nobody registered is none', async () => {
	const { address } = await client.core.resolveNameServiceAddress({ name: 'valet.sui' });
	assert.equal(address, null);
	await assert.rejects(client.defaultNameServiceName({ address: normalizeSuiAddress('0x2') }), /no name/);
});

// An aborted stream may leave its connection open for a moment.
process.exit(0);
