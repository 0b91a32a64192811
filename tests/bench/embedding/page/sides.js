// The two sides, used as their users would: each in a module worker, asked by messages.

const watchedWorker = (url) => `/watched_worker.js?worker=${encodeURIComponent(url)}`;

const ours = {
  prepare: () => import('/soc-copilot/index.js'),
  async start(isWatched, workers = null) {
    const { Triage } = await import('/soc-copilot/index.js');
    const triage = await Triage.load({
      assetsUrl: '/assets/',
      workers,
      ...(isWatched ? { workerUrl: watchedWorker('/soc-copilot/worker.js') } : {}),
    });
    return {
      embed: ({ text }) => triage.embed(text),
      retrieveMany: (alerts, topK) => triage.retrieveMany(alerts, { topK }),
      state: () => triage.state(),
    };
  },
};

const peer = {
  prepare: async () => {},
  async start(isWatched) {
    const url = '/peer_worker.js';
    const worker = new Worker(isWatched ? watchedWorker(url) : url, { type: 'module' });
    const answer = () =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => (data.error ? reject(new Error(`the peer: ${data.error}`)) : resolve(data.vector));
        worker.onerror = ({ message }) => reject(new Error(`the peer's worker: ${message}`));
      });
    await answer();
    return {
      embed({ ids }) {
        const vector = answer();
        worker.postMessage(ids);
        return vector;
      },
    };
  },
};

export const sides = { ours, peer };
