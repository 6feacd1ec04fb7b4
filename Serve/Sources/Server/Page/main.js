// Puts the page together.

import { startActions } from './actions.js';
import { startCompare } from './compare.js';
import { startCrosshair } from './crosshair.js';
import { dress, find } from './elements.js';
import { startFiles } from './files.js';
import { startGestures } from './gestures.js';
import { startHelp } from './help.js';
import { forgetPictures, recallRuns } from './history.js';
import { startKeyboard } from './keyboard.js';
import { loadModels, startModels } from './models.js';
import { startPresets } from './presets.js';
import { startProgress } from './progress.js';
import { pump, settle } from './queue.js';
import { startRegion } from './region.js';
import { startResults } from './results.js';
import { toast } from './say.js';
import { startSettings } from './settings.js';
import { recallSession, startSource } from './source.js';
import { startStage } from './stage.js';
import { openStore } from './store.js';
import { startTheme } from './theme.js';
import { startTools } from './tools.js';
import { canRedo, canUndo } from './undo.js';
import { on } from './state.js';

dress();
for (const start of [
  startTheme, startSettings, startModels, startPresets, startStage, startTools, startGestures,
  startCrosshair, startCompare,
  startSource, startRegion, startProgress, startResults, startActions, startFiles, startKeyboard,
  startHelp,
]) start();

on('undo', () => {
  find('undo').disabled = !canUndo();
  find('redo').disabled = !canRedo();
});

// What goes wrong unforeseen is said, not swallowed.
addEventListener('unhandledrejection', (event) => {
  toast(`Something went wrong: ${event.reason?.message ?? event.reason}`, { problem: true });
});

if (!await openStore()) {
  toast(
    'This browser keeps nothing for this page (a private window?): results last until you reload.',
  );
}
const models = loadModels();
await recallSession();
await recallRuns();
await forgetPictures();
await models;
document.documentElement.dataset.ready = 'yes';
pump();
settle();
