import { useAuth } from 'pkcewasm/react';

export function Greeting() {
  const { client, user, error, isLoading } = useAuth();
  if (isLoading) return <p>One moment</p>;
  if (error) return <p>{error.code}</p>;
  if (!user) return <button onClick={() => client.signInRedirect()}>Sign in</button>;
  return <p>Hello {user.subject}</p>;
}
