-- Tracking links, the host names that they may have, and the landing parameters of clicks.

-- A host name whose links are of one account alone. The operator gives it.
CREATE TABLE link_hosts (
  host       text        PRIMARY KEY,
  tenant_id  integer     NOT NULL REFERENCES tenants,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE links (
  tenant_id          integer     NOT NULL REFERENCES tenants,
  -- UUIDv7: newest first is in the order of the key
  link_id            uuid        NOT NULL,
  -- '': the host of this server
  host               text        NOT NULL,
  slug               text        NOT NULL,
  name               text,
  ad_id              text        NOT NULL,
  -- [{"url": …, "weight": …}]
  destinations       jsonb       NOT NULL,
  status             text        NOT NULL CHECK (status IN ('active', 'paused', 'ended')),
  starts_at          timestamptz,
  ends_at            timestamptz,
  fallback_url       text,
  pass_parameters    boolean     NOT NULL,
  click_id_parameter text,
  referrer_policy    text        NOT NULL,
  allow_http         boolean     NOT NULL,
  -- hosts that the parameter `url` may send people to
  allowed_hosts      text[]      NOT NULL,
  signing            text        NOT NULL CHECK (signing IN ('none', 'required')),
  -- At most two, newest first: [{"key": …, "created_at": …}]. A key is needed as it is to check a signature.
  signing_keys       jsonb       NOT NULL DEFAULT '[]',
  created_at         timestamptz NOT NULL DEFAULT now(),
  -- The transaction that last changed the link, its ad or its campaign: by it, nodes find what they have not read yet.
  changed_xid        xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, link_id),
  -- A link is found by nothing else: over all tenants.
  CONSTRAINT links_address UNIQUE (host, slug)
);
CREATE INDEX links_changed ON links (changed_xid);
CREATE INDEX links_ad ON links (tenant_id, ad_id);
CREATE INDEX links_host ON links (tenant_id, host) WHERE host <> '';

SELECT isolate_tenants('links', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('link_hosts', 'SELECT');
CREATE POLICY own_advertisers ON links AS RESTRICTIVE TO clickledger_request
  USING (request_advertisers() IS NULL OR EXISTS (
    SELECT FROM ads a WHERE a.tenant_id = links.tenant_id AND a.ad_id = links.ad_id
  ));

-- Campaigns whose billable clicks have cost their daily budget. The relay writes it, every node that follows links reads it.
CREATE TABLE spent_budgets (
  tenant_id   integer     NOT NULL REFERENCES tenants,
  campaign_id text        NOT NULL,
  -- the end of the day in the account's billing zone
  until       timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id)
);
SELECT isolate_tenants('spent_budgets', 'SELECT');
