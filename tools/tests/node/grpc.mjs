// The official TypeScript client against a running localnet, unchanged: faucet, reads, signed transactions.
//
// node grpc.mjs <rpc url> <faucet url>     prints what it did; exits with 1 at the first surprise.

import assert from 'node:assert/strict';
import { requestSuiFromFaucetV2 } from '@mysten/sui/faucet';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';

const [baseUrl, host] = process.argv.slice(2);
const client = new SuiGrpcClient({ network: 'localnet', baseUrl });
const signer = Ed25519Keypair.generate();
const sender = signer.toSuiAddress();
const friend = Ed25519Keypair.generate().toSuiAddress();

async function step(name, run) {
	const result = await run();
	console.log(`ok ${name}`);
	return result;
}

await step('the faucet sends coins', async () => {
	const { status, coins_sent: coins } = await requestSuiFromFaucetV2({ host, recipient: sender });
	assert.equal(status, 'Success');
	assert.ok(coins.length > 0);
	const { objects } = await client.listCoins({ owner: sender });
	assert.deepEqual(objects.map((coin) => coin.objectId).sort(), coins.map((coin) => coin.id).sort());
	for (const coin of coins) {
		const found = objects.find(({ objectId }) => objectId === coin.id);
		assert.equal(BigInt(found.balance), BigInt(coin.amount));
	}
});

await step('the faucet refuses what is no address', async () => {
	await assert.rejects(requestSuiFromFaucetV2({ host, recipient: 'nobody' }));
});

await step('an object is read with its contents', async () => {
	const { object } = await client.getObject({ objectId: '0x6', include: { content: true, json: true } });
	assert.equal(object.type, `0x${'2'.padStart(64, '0')}::clock::Clock`);
	assert.equal(object.owner.$kind, 'Shared');
	assert.equal(object.content.length, 40);
	assert.equal(object.json.id, object.objectId);
	assert.match(object.json.timestamp_ms, /^\d+$/);
});

await step('an object that does not exist is an error that says so', async () => {
	await assert.rejects(client.getObject({ objectId: '0xdead' }), /not found/);
});

const transfer = await step('a transfer is built, signed and executed', async () => {
	const before = BigInt((await client.getBalance({ owner: sender })).balance.balance);
	const transaction = new Transaction();
	const [coin] = transaction.splitCoins(transaction.gas, [1_000_000]);
	transaction.transferObjects([coin], friend);
	const result = await client.signAndExecuteTransaction({
		transaction,
		signer,
		include: { effects: true, balanceChanges: true, objectTypes: true, transaction: true },
	});
	assert.equal(result.$kind, 'Transaction', JSON.stringify(result.FailedTransaction?.status));
	const executed = result.Transaction;
	const used = executed.effects.gasUsed;
	const gas = BigInt(used.computationCost) + BigInt(used.storageCost) - BigInt(used.storageRebate);
	const { balance: mine } = await client.getBalance({ owner: sender });
	const { balance: theirs } = await client.getBalance({ owner: friend });
	assert.equal(BigInt(mine.balance), before - 1_000_000n - gas);
	assert.equal(theirs.balance, '1000000');
	const changes = new Map(executed.balanceChanges.map(({ address, amount }) => [address, amount]));
	assert.equal(changes.get(friend), '1000000');
	assert.equal(changes.get(sender), String(-1_000_000n - gas));
	return executed;
});

await step('the transaction is found by its digest', async () => {
	const { Transaction: found } = await client.waitForTransaction({
		digest: transfer.digest,
		include: { effects: true },
	});
	assert.equal(found.effects.transactionDigest, transfer.digest);
	assert.equal(found.checkpoint, transfer.checkpoint);
});

await step('a call is resolved: a shared object, a pure argument', async () => {
	const transaction = new Transaction();
	transaction.moveCall({ target: '0x2::clock::timestamp_ms', arguments: [transaction.object('0x6')] });
	const result = await client.signAndExecuteTransaction({ transaction, signer, include: { transaction: true } });
	assert.equal(result.$kind, 'Transaction', JSON.stringify(result.FailedTransaction?.status));
	const [input] = result.Transaction.transaction.inputs;
	assert.deepEqual(input.Object.SharedObject.mutable, false);
});

await step('a function is called without executing it', async () => {
	const transaction = new Transaction();
	transaction.setSender(sender);
	transaction.moveCall({ target: '0x2::clock::timestamp_ms', arguments: [transaction.object('0x6')] });
	const result = await client.simulateTransaction({ transaction, include: { commandResults: true, effects: true } });
	assert.equal(result.$kind, 'Transaction', JSON.stringify(result.FailedTransaction?.status));
	const [{ returnValues }] = result.commandResults;
	assert.equal(returnValues[0].bcs.length, 8);
});

await step('a transaction that would abort is not signed', async () => {
	const transaction = new Transaction();
	const [coin] = transaction.splitCoins(transaction.gas, [1]);
	const [zero] = transaction.splitCoins(coin, [2]);
	transaction.transferObjects([coin, zero], sender);
	await assert.rejects(client.signAndExecuteTransaction({ transaction, signer }), /resolution failed|Insufficient/i);
});

await step('a signature by another key is refused', async () => {
	const transaction = new Transaction();
	transaction.setSender(sender);
	transaction.transferObjects([transaction.splitCoins(transaction.gas, [1])], friend);
	const bytes = await transaction.build({ client });
	const { signature } = await Ed25519Keypair.generate().signTransaction(bytes);
	await assert.rejects(client.executeTransaction({ transaction: bytes, signatures: [signature] }), /signature/);
});

await step('the network describes itself', async () => {
	const { referenceGasPrice } = await client.getReferenceGasPrice();
	assert.ok(BigInt(referenceGasPrice) > 0n);
	const { systemState } = await client.core.getCurrentSystemState();
	assert.equal(systemState.epoch, '0');
	assert.equal(systemState.referenceGasPrice, referenceGasPrice);
	const { chainIdentifier } = await client.core.getChainIdentifier();
	assert.ok(chainIdentifier.length > 32);
	const { protocolConfig } = await client.getProtocolConfig();
	assert.ok(Number(protocolConfig.protocolVersion) > 0);
});

await step('owned objects come in pages', async () => {
	const seen = new Set();
	let cursor;
	do {
		const page = await client.listOwnedObjects({ owner: sender, limit: 2, cursor });
		assert.ok(page.objects.length <= 2);
		page.objects.forEach(({ objectId }) => seen.add(objectId));
		cursor = page.hasNextPage ? page.cursor : undefined;
	} while (cursor);
	const { objects } = await client.listOwnedObjects({ owner: sender });
	assert.deepEqual([...seen].sort(), objects.map(({ objectId }) => objectId).sort());
});

await step('checkpoints stream over gRPC-Web', async () => {
	const abort = new AbortController();
	const call = client.subscriptionService.subscribeCheckpoints(
		{ readMask: { paths: ['sequence_number', 'transactions.digest'] } },
		{ abort: abort.signal },
	);
	await call.headers;
	const transaction = new Transaction();
	transaction.transferObjects([transaction.splitCoins(transaction.gas, [5])], friend);
	const { Transaction: sent } = await client.signAndExecuteTransaction({ transaction, signer });
	for await (const { checkpoint } of call.responses) {
		if (checkpoint.transactions.some(({ digest }) => digest === sent.digest)) {
			assert.equal(checkpoint.sequenceNumber.toString(), sent.checkpoint);
			break;
		}
	}
	call.status.catch(() => {});
	call.trailers.catch(() => {});
	abort.abort();
});

// An aborted stream may leave its connection open for a moment.
process.exit(0);
