import { createApp, h } from 'vue';
import Objects from './Objects.vue';

const root = document.createElement('div');
document.body.append(root);
createApp({ render: () => h(Objects, { src: '/pictures/nuclei-fluorescence.png' }) }).mount(root);
