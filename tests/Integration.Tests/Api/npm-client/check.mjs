// Walks through the engine API with the published client. Usage: node check.mjs <server url> <folder of models>
// The client validates each request (strict) and each answer (fanatical: no property that the contract does not know).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import createCamundaClient from '@camunda8/orchestration-cluster-api';

const [url, models] = process.argv.slice(2);
const clientWith = (validation) => createCamundaClient({
  config: {
    CAMUNDA_REST_ADDRESS: url,
    CAMUNDA_AUTH_STRATEGY: 'BASIC',
    CAMUNDA_BASIC_AUTH_USERNAME: 'demo',
    CAMUNDA_BASIC_AUTH_PASSWORD: 'demo',
    CAMUNDA_SDK_VALIDATION: validation,
    CAMUNDA_SDK_LOG_LEVEL: 'error',
    CAMUNDA_SDK_HTTP_RETRY_MAX_ATTEMPTS: 1,
  },
});

const client = clientWith('req:strict,res:fanatical');

// Its own check of requests takes a cursor for an offset and drops it, so pages are asked for without that check.
const unchecked = clientWith('req:none,res:fanatical');

// What was written is read at once: the client must not poll for it.
const now = { consistency: { waitUpToMs: 0 } };
const file = (name) => new File([readFileSync(join(models, name))], name);
const run = `${process.pid}-${Date.now()}`;

const steps = {
  async 'topology, license and who I am'() {
    const topology = await client.getTopology();
    assert.equal(topology.brokers.length, 1);
    assert.match(topology.gatewayVersion, /^8\.8\./);
    assert.equal((await client.getLicense()).isCommercial, false);
    assert.equal((await client.getAuthentication()).username, 'demo');
    await client.getStatus();
  },

  async 'deploys BPMN, DMN and a form'() {
    const result = await client.createDeployment({
      resources: ['approval.form', 'approval.bpmn', 'worker.bpmn', 'parcel.bpmn', 'crossing.bpmn', 'discount.dmn'].map(file),
    });
    assert.equal(result.processes.length, 4);
    assert.equal(result.decisions.length, 1);
    assert.equal(result.forms.length, 1);
    const { items } = await client.searchProcessDefinitions({ filter: { processDefinitionId: 'approval' } }, now);
    const key = items[0].processDefinitionKey;
    assert.equal((await client.getProcessDefinition({ processDefinitionKey: key }, now)).name, 'Approval of a request');
    assert.match(await client.getProcessDefinitionXml({ processDefinitionKey: key }, now), /<bpmn:process id="approval"/);
    const decisions = await client.searchDecisionDefinitions({ filter: { decisionDefinitionId: 'discount' } }, now);
    assert.equal(decisions.items.length, 1);
  },

  async 'a user task from start to completion'() {
    const started = await client.createProcessInstance({
      processDefinitionId: 'approval', variables: { amount: 5, run }, tags: ['case:1'],
    });
    const processInstanceKey = started.processInstanceKey;
    const found = await client.searchUserTasks(
      { filter: { processInstanceKey, state: { $in: ['CREATED'] } }, sort: [{ field: 'creationDate', order: 'DESC' }] }, now);
    assert.equal(found.page.totalItems, 1);
    const { userTaskKey } = found.items[0];
    await client.assignUserTask({ userTaskKey, assignee: 'demo' });
    await client.updateUserTask({ userTaskKey, changeset: { priority: 80, dueDate: '2031-01-01T00:00:00Z' } });
    const task = await client.getUserTask({ userTaskKey }, now);
    assert.deepEqual([task.assignee, task.priority, task.dueDate], ['demo', 80, '2031-01-01T00:00:00.000Z']);
    assert.equal((await client.getUserTaskForm({ userTaskKey }, now)).formId, 'approval-form');
    const variables = await client.searchUserTaskVariables({ userTaskKey, filter: { name: 'doubled' } }, now);
    assert.equal(variables.items[0].value, '10');
    await client.unassignUserTask({ userTaskKey });
    await client.completeUserTask({ userTaskKey, variables: { approved: true } });
    assert.equal((await client.getUserTask({ userTaskKey }, now)).state, 'COMPLETED');
    const instance = await client.getProcessInstance({ processInstanceKey }, now);
    assert.equal(instance.state, 'COMPLETED');
    assert.deepEqual([...instance.tags], ['case:1']);
    const flows = await client.getProcessInstanceSequenceFlows({ processInstanceKey }, now);
    assert.equal(flows.items.length, 2);
    const statistics = await client.getProcessInstanceStatistics({ processInstanceKey }, now);
    assert.equal(statistics.items.length, 3);
    const hierarchy = await client.getProcessInstanceCallHierarchy({ processInstanceKey }, now);
    assert.equal(hierarchy.length, 1);
    const elements = await client.searchElementInstances({ filter: { processInstanceKey, type: 'USER_TASK' } }, now);
    assert.equal(elements.items[0].state, 'COMPLETED');
    const approved = await client.searchVariables({ filter: { processInstanceKey, name: { $like: 'appr*' } } }, now);
    assert.equal((await client.getVariable({ variableKey: approved.items[0].variableKey }, now)).value, 'true');
  },

  async 'a job: activated, failed, retried, completed'() {
    const type = `npm-${run}`;
    const { processInstanceKey } = await client.createProcessInstance({ processDefinitionId: 'worker', variables: { jobType: type } });
    const activate = async () => (await client.activateJobs(
      { type, worker: 'npm', timeout: 60000, maxJobsToActivate: 1, requestTimeout: -1 })).jobs ?? [];
    const [job] = await activate();
    assert.equal(job.retries, 2);
    await client.failJob({ jobKey: job.jobKey, retries: 0, errorMessage: 'broken' });
    const open = await client.searchIncidents({ filter: { processInstanceKey, state: 'ACTIVE' } }, now);
    assert.equal(open.items[0].errorType, 'JOB_NO_RETRIES');
    const { incidentKey } = open.items[0];
    await client.updateJob({ jobKey: job.jobKey, changeset: { retries: 1 } });
    await client.resolveIncident({ incidentKey });
    assert.equal((await client.getIncident({ incidentKey }, now)).state, 'RESOLVED');
    const [again] = await activate();
    await client.completeJob({ jobKey: again.jobKey, variables: { done: true } });
    const jobs = await client.searchJobs({ filter: { processInstanceKey } }, now);
    assert.equal(jobs.items[0].state, 'COMPLETED');
  },

  async 'the job worker of the client'() {
    const type = `npm-worker-${run}`;
    const worker = client.createJobWorker({
      jobType: type, workerName: 'npm', maxParallelJobs: 2, jobTimeoutMs: 30000, pollTimeoutMs: 500, fetchVariables: ['size'],
      jobHandler: (job) => job.complete({ doubled: job.variables.size * 2 }),
    });
    try {
      const ended = await client.createProcessInstance({
        processDefinitionId: 'worker', variables: { jobType: type, size: 4 }, awaitCompletion: true, fetchVariables: ['size'],
      });
      assert.deepEqual({ ...ended.variables }, { size: 4 });
    } finally {
      worker.stop();
    }
  },

  async 'a BPMN error of a job is caught'() {
    const type = `npm-error-${run}`;
    const { processInstanceKey } = await client.createProcessInstance({ processDefinitionId: 'worker', variables: { jobType: type } });
    const { jobs } = await client.activateJobs({ type, worker: 'npm', timeout: 60000, maxJobsToActivate: 1, requestTimeout: -1 });
    await client.throwJobError({ jobKey: jobs[0].jobKey, errorCode: 'NO_STOCK', errorMessage: 'sold out' });
    const ended = await client.searchElementInstances({ filter: { processInstanceKey, elementId: 'refused' } }, now);
    assert.equal(ended.items.length, 1);
  },

  async 'messages: published, correlated, searched'() {
    const number = `npm-${run}`;
    await client.publishMessage({ name: 'parcel.arrived', correlationKey: `${number}-early`, timeToLive: 60000 });
    const early = await client.createProcessInstance({
      processDefinitionId: 'parcel', variables: { parcelNo: `${number}-early` }, awaitCompletion: true,
    });
    assert.equal((await client.getProcessInstance({ processInstanceKey: early.processInstanceKey }, now)).state, 'COMPLETED');

    const { processInstanceKey } = await client.createProcessInstance({ processDefinitionId: 'parcel', variables: { parcelNo: number } });
    const waiting = await client.searchMessageSubscriptions({ filter: { processInstanceKey } }, now);
    assert.equal(waiting.items[0].messageName, 'parcel.arrived');
    const correlated = await client.correlateMessage({ name: 'parcel.arrived', correlationKey: number, variables: { weight: 1 } });
    assert.equal(correlated.processInstanceKey, processInstanceKey);
    const done = await client.searchCorrelatedMessageSubscriptions({ filter: { correlationKey: number } }, now);
    assert.equal(done.items.length, 1);
  },

  async 'an incident repaired through its variables'() {
    const { processInstanceKey } = await client.createProcessInstance({ processDefinitionId: 'crossing', variables: { way: 'up' } });
    const open = await client.searchProcessInstanceIncidents({ processInstanceKey }, now);
    assert.equal(open.items.length, 1);
    await client.createElementInstanceVariables({ elementInstanceKey: processInstanceKey, variables: { way: 'left' } });
    await client.resolveIncident({ incidentKey: open.items[0].incidentKey });
    assert.equal((await client.getProcessInstance({ processInstanceKey }, now)).state, 'COMPLETED');
  },

  async 'an instance goes over to another definition and is put elsewhere'() {
    const { processInstanceKey, processDefinitionKey } = await client.createProcessInstance({
      processDefinitionId: 'worker', variables: { jobType: `moved-${run}` },
    });
    await client.migrateProcessInstance({
      processInstanceKey,
      targetProcessDefinitionKey: processDefinitionKey,
      mappingInstructions: [{ sourceElementId: 'work', targetElementId: 'work' }],
    });
    const { items } = await client.searchElementInstances({ filter: { processInstanceKey, elementId: 'work' } }, now);
    await client.modifyProcessInstance({
      processInstanceKey,
      activateInstructions: [{ elementId: 'done', variableInstructions: [{ variables: { why: 'by hand' } }] }],
      terminateInstructions: [{ elementInstanceKey: items[0].elementInstanceKey }],
    });
    assert.equal((await client.getProcessInstance({ processInstanceKey }, now)).state, 'COMPLETED');
  },

  async 'pages by cursor'() {
    for (let i = 0; i < 3; i++) await client.createProcessInstance({ processDefinitionId: 'approval', variables: { amount: i, pages: run } });
    const filter = { variables: [{ name: 'pages', value: JSON.stringify(run) }] };
    const first = await unchecked.searchProcessInstances({ filter, page: { limit: 2 }, sort: [{ field: 'startDate' }] }, now);
    const second = await unchecked.searchProcessInstances(
      { filter, page: { after: first.page.endCursor, limit: 2 }, sort: [{ field: 'startDate' }] }, now);
    assert.deepEqual([first.items.length, second.items.length, second.page.totalItems], [2, 1, 3]);
    for (const { processInstanceKey } of [...first.items, ...second.items]) await client.cancelProcessInstance({ processInstanceKey });
    const canceled = await unchecked.searchProcessInstances({ filter: { ...filter, state: 'TERMINATED' } }, now);
    assert.equal(canceled.items.length, 3);
  },

  async 'refusals carry the problem'() {
    const refused = async (call, status, title) => {
      const error = await call().then(() => assert.fail('it was not refused'), (e) => e);
      assert.equal(error.status, status, String(error));
      assert.equal(error.title, title, inspect(error));
    };
    await refused(() => client.getUserTask({ userTaskKey: '1' }, now), 404, 'NOT_FOUND');
    await refused(() => client.createProcessInstance({ processDefinitionId: 'unknown' }), 404, 'NOT_FOUND');
    await refused(() => client.correlateMessage({ name: 'nobody', correlationKey: 'x' }), 404, 'NOT_FOUND');
    await refused(() => client.createProcessInstance({ processDefinitionId: 'approval', tenantId: 'other' }), 400, 'INVALID_ARGUMENT');
  },

  async 'the clock pinned and released'() {
    await client.pinClock({ timestamp: Date.now() + 3600_000 });
    await client.resetClock();
  },
};

for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
    console.log(`ok  ${name}`);
  } catch (error) {
    console.log(`FAILED  ${name}\n${inspect(error, { depth: 5 })}`);
    process.exit(1);
  }
}
console.log('all steps held');
process.exit(0);
