/** Whether the workflow is seen as a canvas or as a form. A phone starts with the form. */
import { createStore } from "zustand/vanilla";

export const view = createStore<{ readonly isForm: boolean }>(() => ({ isForm: window.matchMedia("(max-width: 640px)").matches }));
