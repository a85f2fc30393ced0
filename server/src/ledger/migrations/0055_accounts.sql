-- An address may have an account in several organisations, each with a password of its own: whoever takes an address in one, as an
-- owner who has somebody else's invitation can, takes nothing from the person in another.
ALTER TABLE members DROP CONSTRAINT members_email_key;
ALTER TABLE members ADD UNIQUE (tenant_id, email);
CREATE INDEX members_email ON members (email);

-- When it was shown that the address is the member's: by an invitation that only its mailbox got, or by signing in elsewhere. An
-- account without it opens by its password alone. Who was a member before this was let in without, and stays so.
ALTER TABLE members ADD COLUMN confirmed_at timestamptz;
UPDATE members SET confirmed_at = created_at;

-- Its link went to the mailbox and to nobody else.
ALTER TABLE invitations ADD COLUMN is_mailed boolean NOT NULL DEFAULT false;
