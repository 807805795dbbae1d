// The bundle of a page, schema 1: bundle.schema.json says the same for JSON. Written by bimodal/page/bundle.py.

export interface Bundle {
  schema: 1;
  bimodal: string;
  title: string;
  intended_use: string;
  rtol: { drag: number; patients: number; rest: number };
  models: Model[];
  drugs: Drug[];
  observables: Record<string, Observable>;
  cells: Cell[];
  calibration: Calibration | null;
  scenarios: Scenario[];
  study: Study | null;
  workbench?: { packed: string; dish: Dish | null };
  evidence?: Evidence;
  sha256: string;
}

/** Names to filter by, and an EvidenceContent as JSON, its rows in columns, compressed. */
export interface Evidence {
  studies: string[];
  models: string[];
  packed: string;
}

/** Rows are packed in columns, each with a place for every row: the keys of EvidenceRow, null where one has none. */
export interface EvidenceContent {
  rows: EvidenceRow[];
  studies: Record<string, EvidenceStudy>;
  predictions: EvidencePrediction[];
}

export interface EvidenceRow {
  id: string;
  study: string;
  arms: string[];
  label: string;
  time?: { day: number } | { from: number; to: number; reduce: "peak" | "min" | "mean" | "change" | "rise" | "fall" | "ratio" | "percent" | "area" };
  statistic: string;
  kind: string;
  published: number;
  band?: [number, number];
  unit: string;
  quality: string;
  role: string;
  source: string;
  note?: string;
  rule?: string;
  simulated?: number;
  simulated_lower?: number;
  simulated_upper?: number;
  simulated_interval?: string;
  share_of_sets?: number;
  verdict: "outside" | "not evaluated" | "not run" | "inside" | "not scored" | "context";
  within?: boolean;
  fold_error?: number;
}

export interface EvidenceStudy {
  citation: string;
  species: string;
  role: string;
  cohort: string;
  refused: string;
  changed: string[];
  arms: { name: string; drug: string; regimen: string; partner?: { drug: string; regimen: string }[]; set?: Record<string, number>; cohort?: string; horizon_days?: number; follow_up_days?: number; rules?: boolean }[];
  model?: string;
  patients?: number;
  planned?: number;
  failed?: number;
  seed?: number;
  commit?: string;
  bimodal?: string;
  model_sha256?: string;
  run?: string;
}

export interface EvidencePrediction {
  id: string;
  name: string;
  date: string;
  dated_by: "clock" | "hand";
  why: string;
  patients: number;
  model: string;
  model_sha256: string;
  same: boolean;
  sha256: string;
  outside: number;
  arms: { name: string; drug: string; regimen: string; values: [string, number | null, string, number | null][] }[];
  observed: { arm: string; endpoint: string; day: number | null; statistic: string; value: number | null; n: number; unit: string; predicted: number | null; lower: number | null; upper: number | null; inside: boolean; rule: string; source: string }[] | null;
}

export interface Model {
  id: string;
  file?: string;
  title: string;
  species: string;
  source: "built-in" | "file";
  model_sha256: string;
  parameters_sha256: string;
  time_unit: string;
  until?: number;
  also: string[];
  observables: string[];
  shown: Record<"cells" | "signal" | "ligand" | "other" | "tissue", string[]>;
  kernel: Kernel;
  parameters: Parameter[];
  populations: Population[];
  drugs: Record<string, DrugInModel>;
  molecules?: MoleculesInModel;
}

export interface Kernel {
  wasm: string;
  bytes: number;
  sha256: string;
  engine: string;
  states: number;
  inputs: number;
  parameters: number;
  outputs: string[];
  observers: number[];
  factors: number;
  stack: number;
  stages: number;
  order: number;
  dense: number[][];
  scales: number[];
  nonnegative: number[];
}

export interface Parameter {
  id: string;
  unit: string;
  value: number | null;
  status: string;
  settable: boolean;
}

export interface Population {
  cohort: string;
  label: string;
  patients: number;
  seed: number;
  kind: "patients" | "parameter sets";
  typical: number[];
  typical_body: Partial<Body>;
  varied: number[];
  values: string;
  body: { weight_kg?: number[]; bsa_m2?: number[] };
  sets: ParameterSets | null;
  drug_normals?: string;
  stops?: { until: number; typical: number[]; patients: number[][] };
}

export interface ParameterSets {
  words: string;
  source: string;
  count: number;
  varied: number[];
  values: string;
}

export interface Body {
  weight_kg: number;
  bsa_m2: number;
}

export interface DrugInModel {
  ports: Record<string, { action: "add" | "set"; slot: number }>;
  set: [number, number][];
  varied: number[];
  values: string;
}

export interface Drug {
  id: string;
  name: string;
  class: "native" | "engineered" | "partner" | "cells";
  species: string;
  nmol: Record<string, number>;
  units: string[];
  ranges: Record<string, [number, number]>;
  usual: string;
  molar_mass: number;
  iu_per_mg: number | null;
  ec50_pM: Record<string, number>;
  ec50_of: string;
  ec50_minutes: number;
  numbers: { name: string; value: number; unit: string; status: string; source: string }[];
  warnings: string[];
}

export interface Observable {
  unit: string;
  label: string;
  definition: string;
  kind: string;
  of: string[];
  over: string[];
  weights: string[];
  scale: number;
}

export interface Cell {
  id: string;
  label: string;
  short: string;
  kind: string;
  colour: string;
  marked: boolean;
}

export interface Scenario {
  name: string;
  model: string;
  cohort?: string;
  drug?: string;
  regimen?: string;
  partner?: { drug: string; regimen: string }[];
  set?: Record<string, number>;
  follow_up_days?: number;
  horizon_days?: number;
  until?: number;
  note?: string;
  made?: Made; // in memory alone, never in a bundle: a molecule whose numbers a reader has changed
}

/** A changed molecule, ready to be simulated: as a drug of the bundle, in the model, in every virtual patient. */
export interface Made {
  key: string;
  drug: Drug;
  place: DrugInModel;
  columns: Float64Array;
}

/** What is packed in a workbench: drug files by id, and the rules and laws of their numbers. */
export interface Workbench {
  files: Record<string, any>;
  keys: NumberKey[];
  rules: { key: string; says: string; if: string[]; unless: string[] }[];
  doses: Record<string, LawCase[]>;
  potency_words: string;
}

export interface NumberKey {
  key: string;
  unit: string;
  label: string;
  units: Record<string, number>;
  native: boolean;
  cv: number;
  least?: number;
  most?: number;
  limit?: string;
}

export interface LawCase {
  if: string[];
  unless: string[];
  factor: number;
  times: string[];
  over: string[];
  and_times: string[];
  and_over: string[];
}

export interface Law {
  parameter: string;
  place: number;
  cases: LawCase[];
}

export interface Dish {
  kernel: Kernel;
  cells: string[];
  inputs: string;
  concentrations: string;
  hours: number;
  rtol: number;
  slot: number;
  output: number;
  flat: number;
  no_signal: number;
  laws: Law[];
}

export interface MoleculesInModel {
  ports: Record<string, DrugInModel["ports"]>;
  laws: Law[];
  spread: Spread[];
}

export interface Spread {
  key: string;
  place: number;
  cv: number;
  share_of: number | null;
}

export interface Study {
  name: string;
  title: string;
  report_days: number[];
  left_out: string[];
}

export interface Events {
  times: ArrayLike<number>;
  slots: ArrayLike<number>;
  values: ArrayLike<number>;
}

export interface Extent {
  daily: Record<string, number>;
  course: Record<string, number>;
  days: number;
  doses: number;
  rest_h: number;
  nmol_per_kg: [number, number] | null;
  infusion_h: number;
}

export interface Ranges {
  arms: { study: string; cohort: string; species: string; extent: Extent; read_until: number }[];
  cells: { cell: string; cohort: string; nmol: number }[];
  delivered: number[];
}

export interface Calibration {
  same: number;
  shown: number;
  routes: Record<string, string>;
  toxicity_words: string;
  era_words: string;
  blood: Ranges;
  oncology: Ranges;
  toxicity: Extent[];
  cells: Record<string, string>;
  bodies: Record<string, Body>;
  kg_per_m2: Record<string, number>;
  man_kg: number;
}
