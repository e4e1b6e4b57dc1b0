class LaunchJob
  include Sidekiq::Job

  def perform(definition)
    Agents::Launcher.call(definition)
  end
end
