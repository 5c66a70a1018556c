/** The open documents as tabs, and the node types that all of them use. */
import { createStore } from "zustand/vanilla";
import type { Catalog } from "./catalog.ts";
import type { Document } from "./document.ts";
import { Session } from "./session.ts";

export interface Tab {
  readonly id: string;
  readonly name: string;
  readonly session: Session;
  /** The saved workflow that it is: what it was opened from, or last saved as. */
  readonly file?: string;
}

export interface WorkspaceState {
  readonly catalog: Catalog;
  readonly tabs: readonly Tab[];
  readonly active: string;
}

export class Workspace {
  readonly store = createStore<WorkspaceState>(() => ({ catalog: new Map(), tabs: [], active: "" }));
  private counter = 0;

  get state(): WorkspaceState {
    return this.store.getState();
  }

  get catalog(): Catalog {
    return this.state.catalog;
  }

  get tab(): Tab | undefined {
    return this.state.tabs.find(({ id }) => id === this.state.active);
  }

  setCatalog(catalog: Catalog): void {
    this.store.setState({ catalog });
  }

  /** Open a document in a tab of its own and show it; never replaces what is open. */
  open(name: string, document: Document, id = `tab-${Date.now().toString(36)}-${(this.counter += 1)}`): Session {
    const session = new Session(id, document);
    this.store.setState({ tabs: [...this.state.tabs, { id, name, session }], active: id });
    return session;
  }

  activate(id: string): void {
    if (this.state.tabs.some((tab) => tab.id === id)) this.store.setState({ active: id });
  }

  rename(id: string, name: string): void {
    this.store.setState({ tabs: this.state.tabs.map((tab) => (tab.id === id ? { ...tab, name } : tab)) });
  }

  /** From now on the tab, and no other, is the saved workflow of that name. */
  setFile(id: string, file: string): void {
    const others = ({ file: old, ...tab }: Tab): Tab => (old === undefined || old === file ? tab : { ...tab, file: old });
    this.store.setState({ tabs: this.state.tabs.map((tab) => (tab.id === id ? { ...tab, name: file, file } : others(tab))) });
  }

  close(id: string): void {
    const at = this.state.tabs.findIndex((tab) => tab.id === id);
    const tabs = this.state.tabs.filter((tab) => tab.id !== id);
    const next = tabs[Math.min(at, tabs.length - 1)]?.id ?? "";
    this.store.setState({ tabs, active: this.state.active === id ? next : this.state.active });
  }
}
