import './styles/inspector.css';
import { SandboxInspector } from './app.ts';

customElements.define('sandbox-inspector', SandboxInspector);
