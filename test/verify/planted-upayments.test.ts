import { plantFaults } from './planting.ts';

plantFaults('upayments');
