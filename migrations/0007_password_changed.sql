-- Who holds an account is told when its password became another one.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- squawk-ignore ban-drop-constraint
ALTER TABLE delivery DROP CONSTRAINT delivery_kind_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_kind_check CHECK (kind IN ('alert', 'digest', 'confirm_email',
    'reset_password', 'already_registered', 'password_changed'));
