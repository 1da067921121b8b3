-- SPDX-License-Identifier: BSD-2-Clause
-- carom - the roles
--
-- Roles belong to the whole server, so another database of it may have made
-- them already. Being asked again at each upgrade, this also serves a dump
-- that was restored on a server without them.

DO $$
DECLARE
	wanted text;
BEGIN
	FOREACH wanted IN ARRAY ARRAY['carom_writer', 'carom_outbound', 'carom_staff', 'carom_sender', 'carom_feed', 'carom_api', 'carom_webhooks', 'carom_page'] LOOP
		CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted);
		BEGIN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
		EXCEPTION
			WHEN duplicate_object OR unique_violation THEN
				NULL;  -- made by somebody else just now
			WHEN insufficient_privilege THEN
				RAISE EXCEPTION 'role % is missing and % may not create roles', wanted, current_user
					USING ERRCODE = 'insufficient_privilege',
					HINT = pg_catalog.format('Let an administrator run: CREATE ROLE %I NOLOGIN; '
						'or: ALTER ROLE %I CREATEROLE;', wanted, current_user);
		END;
	END LOOP;
END
$$;
