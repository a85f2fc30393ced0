-- What a statement needs so that somebody can pay from it. The owner fills it in; null means that nothing is printed.
ALTER TABLE tenants
  ADD COLUMN issuer_name    text,
  ADD COLUMN issuer_address text,
  -- who signs: a person's name, with a title if they like
  ADD COLUMN issuer_contact text,
  -- days from the closing until payment is due
  ADD COLUMN payment_days   integer CHECK (payment_days BETWEEN 0 AND 365),
  -- such as "VAT"
  ADD COLUMN tax_label      text,
  ADD COLUMN tax_percent    numeric(6, 3) CHECK (tax_percent BETWEEN 0 AND 100),
  -- how to pay: an account number, a reference
  ADD COLUMN payment_note   text;
GRANT UPDATE (issuer_name, issuer_address, issuer_contact, payment_days, tax_label, tax_percent, payment_note)
  ON tenants TO clickledger_request;

-- The terms in force when a month was closed. Statements never change, and so their terms do not either. Months that were closed
-- before this table was made have none.
CREATE TABLE statement_terms (
  tenant_id      integer NOT NULL,
  period         text    NOT NULL,
  issuer_name    text,
  issuer_address text,
  issuer_contact text,
  payment_days   integer,
  tax_label      text,
  tax_percent    numeric(6, 3),
  payment_note   text,
  PRIMARY KEY (tenant_id, period),
  FOREIGN KEY (tenant_id, period) REFERENCES billing_periods
);
CREATE TRIGGER statement_terms_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_terms
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
SELECT isolate_tenants('statement_terms', 'SELECT');
