/** The three kinds of entity that clicks name, as the ledger keeps them. Column names are ours, never a request's. */
export interface EntityKind {
  /** As in `entity_changes`. */
  kind: 'campaign' | 'ad' | 'advertiser';
  table: 'campaigns' | 'ads' | 'advertisers';
  idColumn: 'campaign_id' | 'ad_id' | 'advertiser_id';
  /** By what lists are narrowed; null for the topmost kind. */
  parentColumn: 'advertiser_id' | 'campaign_id' | null;
  /** Columns that a person may change. */
  editable: readonly string[];
}

export const CAMPAIGN: EntityKind = {
  kind: 'campaign',
  table: 'campaigns',
  idColumn: 'campaign_id',
  parentColumn: 'advertiser_id',
  editable: [
    'name',
    'status',
    'pricing_model',
    'cost_per_click_micros',
    'cost_per_thousand_micros',
    'cost_per_conversion_micros',
    'daily_budget_micros',
  ],
};
export const AD: EntityKind = {
  kind: 'ad',
  table: 'ads',
  idColumn: 'ad_id',
  parentColumn: 'campaign_id',
  editable: ['name', 'status'],
};
export const ADVERTISER: EntityKind = {
  kind: 'advertiser',
  table: 'advertisers',
  idColumn: 'advertiser_id',
  parentColumn: null,
  editable: ['name'],
};

/** The columns of an entity's reply. */
export const columnsOf = ({ idColumn, parentColumn, editable }: EntityKind): string[] => [
  idColumn,
  ...(parentColumn ? [parentColumn] : []),
  ...editable,
];
