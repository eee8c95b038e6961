// The visitor's own zone, unless they or their link have chosen one; and a choice that shows at once.
const form = document.querySelector("[data-zone-form]");
const zone = form.elements.namedItem("zone");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (!("chosen" in form.dataset) && own !== zone.value && [...zone.options].some((option) => option.value === own)) {
  zone.value = own;
  form.requestSubmit();
}
zone.addEventListener("change", () => form.requestSubmit());
