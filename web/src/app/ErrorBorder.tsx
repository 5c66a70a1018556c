import { Component, type ReactNode } from "react";

interface Props {
  readonly children: ReactNode;
  say(error: Error): string;
}

/** Shows what went wrong in a sentence instead of an empty page. */
export class ErrorBorder extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error ? <div className="fatal" role="alert">{this.props.say(error)}</div> : this.props.children;
  }
}
