/*
 * The end of the module that `scribe.page.export.module` puts together from the scripts of this folder: an anywidget, for
 * JupyterLab, Colab and any page. render({model, el}) shows one of the elements. What the model has:
 *
 *   kind        figure, studio or drawing
 *   attributes  of the element, by name
 *   data        what else would be in scripts beside it: {scribeWeights: {name: ...}, ...}
 *   values      what to set: as the element's method set() takes it
 *   json        the drawing, both ways
 *   state       of the figure or the studio: idle, loading, writing, paused, done, failed
 */
const KINDS = { figure: "scribe-writer", studio: "scribe-studio", drawing: "scribe-pad" };

function render({ model, el }) {
  for (const [variable, values] of Object.entries(model.get("data") || {})) {
    globalThis[variable] = { ...globalThis[variable], ...values };
  }
  const kind = model.get("kind"),
    element = /** @type {any} */ (document.createElement(KINDS[kind]));
  for (const [name, value] of Object.entries(model.get("attributes") || {})) element.setAttribute(name, String(value));
  el.append(element);
  const take =
    kind === "drawing" ? () => (element.json = model.get("json")) : () => element.set(model.get("values") || {});
  const change = kind === "drawing" ? "change:json" : "change:values";
  const give = ({ detail }) => {
    if (kind === "drawing") model.set("json", detail.json);
    else model.set("state", detail.state);
    model.save_changes();
  };
  take();
  model.on(change, take);
  element.addEventListener("scribe", give);
  return () => {
    model.off(change, take);
    element.remove();
  };
}

export default { render };
