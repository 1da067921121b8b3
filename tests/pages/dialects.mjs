// SPDX-License-Identifier: BSD-2-Clause
// The official clients of SparkPost and SendGrid against carom: one line of JSON a
// step, with what the client returned, or the error that it made of it.
//
// dialects.mjs BASE KEY: BASE is the URL before /compat.

import sparkpost from 'sparkpost';
import sendgrid from '@sendgrid/client';

const [base, key] = process.argv.slice(2);
const sp = new sparkpost(key, { origin: base + '/compat/sparkpost' });
const acme = new sparkpost(key, {
	origin: base + '/compat/sparkpost',
	headers: { 'X-MSYS-SUBACCOUNT': 'acme' },
});
const stranger = new sparkpost('nobody', { origin: base + '/compat/sparkpost' });

console.warn = () => {}; // that the key does not begin with SG.
sendgrid.setApiKey(key);
sendgrid.setDefaultRequest('baseUrl', base + '/compat/sendgrid');
sendgrid.setImpersonateSubuser('acme');

async function step(name, what) {
	let told;
	try {
		told = { value: await what() };
	} catch (e) {
		told = { status: e.statusCode ?? e.code, errors: e.errors ?? e.response?.body?.errors, text: String(e) };
	}
	console.log(JSON.stringify({ name, ...told }));
	return told.value;
}

async function sg(method, url, body, qs) {
	const [response] = await sendgrid.request({ method, url: '/v3/' + url, body, qs });
	return { status: response.statusCode, body: response.body };
}

// ---- as SparkPost's examples have it ------------------------------------------------

await step('sp upsert one', () => sp.suppressionList.upsert({
	recipient: 'test1@test.example', transactional: false, non_transactional: true,
	description: 'Test description 1',
}));
await step('sp upsert many', () => sp.suppressionList.upsert([
	{ recipient: 'test1@test.example', transactional: false, non_transactional: true, description: 'Test description 1' },
	{ recipient: 'test2@test.example', transactional: true, non_transactional: true, description: 'Test description 2' },
	{ recipient: 'test3@test.example', transactional: true, non_transactional: false, description: 'Test description 3' },
]));
await step('sp get', () => sp.suppressionList.get('test1@test.example'));
await step('sp plus', () => sp.suppressionList.upsert({ recipient: 'a+b@test.example', type: 'non_transactional' }));
await step('sp get plus', () => sp.suppressionList.get('a+b@test.example'));
await step('sp list', () => sp.suppressionList.list({ from: '2015-05-07T00:00:00+0000', to: '2099-05-07T23:59:59+0000', limit: 5 }));
await step('sp delete', () => sp.suppressionList.delete('test1@test.example'));
await step('sp get deleted', () => sp.suppressionList.get('test1@test.example'));
await step('sp delete deleted', () => sp.suppressionList.delete('test1@test.example'));
await step('sp callback', () => new Promise((done, failed) => sp.suppressionList.get(
	'test2@test.example', (error, data) => error ? failed(error) : done(data))));
await step('sp malformed', () => sp.suppressionList.upsert([{ recipient: 'half', type: 'transactional' }]));
await step('sp no type', () => sp.suppressionList.upsert({ recipient: 'x@test.example' }));
await step('sp stranger', () => stranger.suppressionList.list());
await step('sp events', () => sp.events.searchMessage({}));
await step('sp events of', () => sp.events.searchMessage({ events: ['bounce', 'spam_complaint'], recipients: ['gone@gmail.com'] }));

const many = Array.from({ length: 250 }, (_, n) => ({ recipient: `p${n}@page.example`, type: 'non_transactional' }));
await step('sp bulk', () => acme.suppressionList.upsert(many));
await step('sp pages', async () => {
	const found = [];
	let page = await acme.suppressionList.list({ cursor: 'initial', per_page: 60, domain: 'page.example' });
	const total = page.total_count;
	for (;;) {
		found.push(...page.results.map(r => r.recipient));
		const next = page.links.find(l => l.rel === 'next');
		if (!next)
			return { found, total };
		page = await acme.get({ uri: next.href });
	}
});
await step('sp summary', () => acme.get({ uri: 'suppression-list/summary' }));

// ---- as SendGrid's USAGE.md has it -----------------------------------------------------

await step('sg global add', () => sg('POST', 'asm/suppressions/global', { recipient_emails: ['test1@example.com', 'test2@example.com'] }));
await step('sg global get', () => sg('GET', 'asm/suppressions/global/test1@example.com'));
await step('sg global none', () => sg('GET', 'asm/suppressions/global/nobody@example.com'));
await step('sg unsubscribes', () => sg('GET', 'suppression/unsubscribes', null, { limit: 1, offset: 1, start_time: 1, end_time: 4000000000 }));
await step('sg global delete', () => sg('DELETE', 'asm/suppressions/global/test1@example.com', null));
const made = await step('sg group make', () => sg('POST', 'asm/groups', {
	description: 'Suggestions for products our users might like.', is_default: true, name: 'Product Suggestions' }));
const id = made?.body.id;
await step('sg groups', () => sg('GET', 'asm/groups', null, { id }));
await step('sg group', () => sg('GET', `asm/groups/${id}`));
await step('sg group add', () => sg('POST', `asm/groups/${id}/suppressions`, { recipient_emails: ['exists1@example.com', 'exists2@example.com'] }));
await step('sg group members', () => sg('GET', `asm/groups/${id}/suppressions`));
await step('sg group search', () => sg('POST', `asm/groups/${id}/suppressions/search`, {
	recipient_emails: ['exists1@example.com', 'exists2@example.com', 'doesnotexists@example.com'] }));
await step('sg all', () => sg('GET', 'asm/suppressions'));
await step('sg groups of', () => sg('GET', 'asm/suppressions/exists1@example.com'));
await step('sg group delete', () => sg('DELETE', `asm/groups/${id}/suppressions/exists1@example.com`, null));
await step('sg bounces', () => sg('GET', 'suppression/bounces', null, { start_time: 1, end_time: 4000000000 }));
await step('sg bounce', () => sg('GET', 'suppression/bounces/gone@gmail.com'));
await step('sg bounce delete', () => sg('DELETE', 'suppression/bounces/gone@gmail.com', null, { email_address: 'gone@gmail.com' }));
await step('sg bounces delete some', () => sg('DELETE', 'suppression/bounces', { delete_all: false, emails: ['gone2@gmail.com', 'gone3@gmail.com'] }));
await step('sg spam', () => sg('GET', 'suppression/spam_reports'));
await step('sg blocks', () => sg('GET', 'suppression/blocks', null, { start_time: 1, end_time: 4000000000, limit: 1, offset: 0 }));
await step('sg invalid', () => sg('GET', 'suppression/invalid_emails'));
await step('sg wrong', () => sg('POST', 'asm/suppressions/global', { recipient_emails: ['half'] }));
await step('sg both', () => sg('DELETE', 'suppression/bounces', { delete_all: true, emails: ['a@example.com'] }));
sendgrid.setApiKey('nobody');
sendgrid.setDefaultRequest('baseUrl', base + '/compat/sendgrid');
await step('sg stranger', () => sg('GET', 'suppression/bounces'));
