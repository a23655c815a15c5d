/*
 * What the elements of this folder share: scripts and data that are loaded when they are needed, work in a worker, small
 * things. A page loads it before scribe-pad.js, scribe-choice.js and then scribe-element.js or scribe-studio.js; all else lies
 * beside it, or stands in the page itself.
 */
(() => {
  "use strict";
  const place = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : "";
  if (globalThis.scribeLoad) {
    globalThis.scribeLoad.beside(place);
    return;
  }
  let here = place; // "" for a copy in the page itself; one that comes after it may know where all else lies
  const SVG = "http://www.w3.org/2000/svg";
  const EXPECTED = 1.5e6; // bytes of weights, where a server does not say

  // --- what is loaded when it is needed -----------------------------------------------------------------------

  const loading = new Map();

  /** Load a script that lies beside this one. Scripts, because a page that was opened as a file may load nothing else. */
  function script(name) {
    if (!loading.has(name)) {
      const promise = new Promise((resolve, reject) => {
        const tag = document.createElement("script");
        tag.src = new URL(name, here || document.baseURI).href;
        tag.onload = resolve;
        tag.onerror = () =>
          reject(new Error(`${name} could not be loaded. It should lie beside the other scripts of this page.`));
        document.head.append(tag);
      });
      promise.catch(() => loading.delete(name)); // so that it can be tried again
      loading.set(name, promise);
    }
    return loading.get(name);
  }

  async function parts(wanted) {
    const there = (name) => typeof globalThis[name] === "function";
    await Promise.all(Object.entries(wanted).map(([name, file]) => there(name) || script(file)));
    for (const [name, file] of Object.entries(wanted)) {
      if (there(name)) continue;
      loading.delete(file);
      throw new Error(`${file} is damaged.`);
    }
  }

  /** What a script of data says under a name: weights, recordings, pictures of hands. */
  async function dataNamed(kind, variable, name, progress = null) {
    const file = `scribe-${kind}-${name}.js`;
    const found = () => globalThis[variable]?.[name];
    if (!/^[\w-]+$/.test(name)) throw new Error(`There are no ${kind} of the name ${name}.`);
    if (!found()) await (progress && /^http/.test(here) ? fetched(file, progress) : script(file));
    if (!found()) {
      loading.delete(file);
      throw new Error(`${file} is damaged: there are no ${kind} in it.`);
    }
    return found();
  }

  /** Load a script and tell meanwhile which share of it is there. */
  function fetched(name, progress) {
    if (!loading.has(name)) {
      const promise = (async () => {
        const failure = `${name} could not be loaded. It should lie beside the other scripts of this page.`;
        const response = await fetch(new URL(name, here)).catch(() => null);
        if (!response?.ok || !response.body) throw new Error(failure);
        // The length of packed data says nothing about the length of what comes out.
        const said = response.headers.get("Content-Encoding") ? 0 : Number(response.headers.get("Content-Length"));
        const reader = response.body.getReader(),
          pieces = [];
        for (let got = 0; ; ) {
          const { done, value } = await reader.read().catch(() => {
            throw new Error(failure);
          });
          if (done) break;
          pieces.push(value);
          got += value.length;
          progress(Math.min(0.99, got / (said || EXPECTED)));
        }
        const address = URL.createObjectURL(new Blob(pieces, { type: "text/javascript" }));
        await new Promise((resolve) => {
          const tag = document.createElement("script");
          tag.src = address;
          tag.onload = tag.onerror = resolve; // what is not in it is missed afterwards
          document.head.append(tag);
        });
        URL.revokeObjectURL(address);
      })();
      promise.catch(() => loading.delete(name));
      loading.set(name, promise);
    }
    return loading.get(name);
  }

  /**
   * Something at work in a worker, or, where there can be none, in this page in small pieces. `names` are the functions
   * that it is made of, `run(port, slice)` puts them together: they go to the worker as text.
   */
  function worker(names, run, receive, fail) {
    const inPage = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => receive(data);
      run(port2, 6);
      return { send: (message) => port1.postMessage(message), end: () => port1.close() };
    };
    const source = `${names.map((name) => globalThis[name]).join("\n")}\n(${run})(self, 12);`;
    let thread;
    try {
      const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      thread = new Worker(address);
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch {
      return inPage();
    }
    let heard = false,
      substitute = null;
    const sent = [];
    thread.onmessage = ({ data }) => {
      heard = true;
      sent.length = 0;
      receive(data);
    };
    thread.onerror = (event) => {
      event.preventDefault();
      if (heard) return fail("The network stopped unexpectedly.");
      if (!substitute) {
        substitute = inPage();
        sent.forEach(substitute.send);
      }
    };
    return {
      send(message) {
        if (!heard) sent.push(message);
        (substitute || { send: (m) => thread.postMessage(m) }).send(message);
      },
      end() {
        thread.terminate();
        if (substitute) substitute.end();
      },
    };
  }

  const quit = (service) =>
    service?.then(
      (one) => one.end(),
      () => {},
    );

  /** @type {{ new (): HTMLElement & Record<string, any> }} an element adds what is not known here */
  const Host = /** @type {any} */ (HTMLElement);

  /**
   * An element with a network, which works in a worker as long as the element is in a page. It has:
   *   work            {needs: the functions of which its work is made and their files; names, run: as `worker` takes them}
   *   loaded(share)   so much of the weights is there
   *   ready()         the network is there, and `info` is what it says about itself; an error ends it
   *   receive(message), fail(message)
   */
  class NetworkElement extends Host {
    constructor() {
      super();
      this.service = null; // a promise of the worker
      this.info = null;
      this.whole = true; // whether it needs the whole alphabet; an element that can do without says so
    }

    get weights() {
      return this.getAttribute("weights") || "anyone";
    }

    /** The network, loaded: a promise. */
    started() {
      if (!this.service) {
        this.service = this.start();
        this.service.catch(() => (this.service = null));
      }
      return this.service;
    }

    /** The network again, with the whole alphabet: a promise. What it was writing is lost. */
    async restarted() {
      quit(this.service);
      this.service = null;
      this.whole = true;
      try {
        return await this.started();
      } catch (error) {
        this.whole = false;
        throw error;
      }
    }

    /** The weights, and the rest of their alphabet if that's wanted and not with them anyway. */
    async data() {
      const data = await dataNamed("weights", "scribeWeights", this.weights, (share) => this.loaded(share));
      const apart = this.whole && data.later?.length;
      return { data, rest: apart ? await dataNamed("alphabet", "scribeAlphabets", this.weights) : null };
    }

    async start() {
      const { needs, names, run } = this.work,
        data = this.data();
      data.catch(() => {}); // below
      await parts(needs);
      return new Promise((resolve, reject) => {
        let ready = false;
        const first = (message) => {
          try {
            if (message.kind === "failed") throw new Error(message.message);
            this.info = message;
            this.ready();
            ready = true;
            resolve(service);
          } catch (error) {
            this.info = null;
            service.end();
            reject(error);
          }
        };
        const service = worker(
          names,
          run,
          (message) => (ready ? this.receive(message) : first(message)),
          (message) => {
            this.service = null;
            this.fail(message);
          },
        );
        // The worker gets ready while the weights are on their way.
        data.then(
          (all) => service.send({ kind: "load", ...all }),
          (error) => {
            service.end();
            reject(error);
          },
        );
      });
    }

    send(message) {
      this.service?.then(
        (service) => service.send(message),
        () => {},
      );
    }

    /** End the worker: what it was writing is lost. */
    end() {
      quit(this.service);
      this.service = null;
    }

    disconnectedCallback() {
      // Moving an element takes it out of the page for a moment.
      setTimeout(() => this.isConnected || this.end());
    }
  }

  // --- small things -------------------------------------------------------------------------------------------

  const svg = (name, attributes = {}) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const number = (value, otherwise) => {
    const n = Number.parseFloat(value);
    return Number.isFinite(n) ? n : otherwise;
  };
  /** Let the page do what else it has to do. */
  const turn = () => new Promise((done) => setTimeout(done));
  const newSeed = () => Math.floor(Math.random() * 1e6);
  const listed = (words) =>
    words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
  const plural = (count, word) => `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} ${word}${count === 1 ? "" : "s"}`;

  function download(name, type, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  globalThis.scribeLoad = Object.freeze({
    beside: (other) => {
      here = here || other;
    },
    parts,
    dataNamed,
    turn,
    NetworkElement,
    SVG,
    svg,
    clamp,
    number,
    newSeed,
    listed,
    plural,
    download,
  });
})();
